"""Find the stretches of road reached within a time, and draw the area around them (compiled kernels)."""

# Compiled kernels have no annotations: numba infers their types from the arrays.
# ruff: noqa: ANN001, ANN202
# mypy: disable-error-code="no-untyped-def"

import math

import numpy as np
from numba import njit

from geo._kernels import INF_MS


@njit(cache=True, nogil=True)
def reached(node, touched, first_out, arc_edge, arc_is_reversed, arc_ms, limit, far, edges):
    """
    Note per edge how far it is reached from either end, as shares of it; list the edges, give how many.

    ``far`` is (e, 2) float64 of -1: shares along and against the drawing.
    """
    count = 0
    for i in range(len(touched)):
        v = touched[i]
        d = node[v, 0]
        if d == INF_MS or d > limit:
            continue
        for a in range(first_out[v], first_out[v + 1]):
            w = arc_ms[a]
            if w < 0:
                continue
            left = limit - d
            share = 1.0 if w <= left else left / w
            e = arc_edge[a]
            if far[e, 0] < 0 and far[e, 1] < 0:
                edges[count] = e
                count += 1
            side = 1 if arc_is_reversed[a] else 0
            far[e, side] = max(far[e, side], share)
    return count


@njit(cache=True, nogil=True)
def stretches(edges, far, out_edge, out_start, out_stop):
    """Turn shares into stretches (edge, start, stop) along the drawing; give how many."""
    count = 0
    for i in range(len(edges)):
        e = edges[i]
        along, against = max(far[e, 0], 0.0), max(far[e, 1], 0.0)
        if along + against >= 1.0:
            out_edge[count], out_start[count], out_stop[count] = e, 0.0, 1.0
            count += 1
            continue
        if along > 0:
            out_edge[count], out_start[count], out_stop[count] = e, 0.0, along
            count += 1
        if against > 0:
            out_edge[count], out_start[count], out_stop[count] = e, 1.0 - against, 1.0
            count += 1
    return count


@njit(cache=True, nogil=True)
def bounds(first, last, shape_lonlat):
    """South-west and north-east corner of some polylines."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for i in range(len(first)):
        for j in range(first[i], last[i]):
            for axis in range(2):
                low[axis] = min(low[axis], shape_lonlat[j, axis])
                high[axis] = max(high[axis], shape_lonlat[j, axis])
    return low, high


@njit(cache=True, nogil=True)
def stamp(edge, start, stop, shape_first, shape_xy_origin, scale, shape_lonlat, reach, cell, grid):
    """
    Lower grid values to the distance from stretches of road, up to ``reach`` metres away.

    Grid vertex (row, column) lies at ``cell`` times its index from the origin in metres.
    """
    rows, columns = grid.shape
    lon0, lat0, mx, my = shape_xy_origin[0], shape_xy_origin[1], scale[0], scale[1]
    for i in range(len(edge)):
        e = edge[i]
        begin, end = shape_first[e], shape_first[e + 1]
        total = 0.0
        if start[i] > 0.0 or stop[i] < 1.0:
            for j in range(begin, end - 1):
                total += math.hypot(
                    (shape_lonlat[j + 1, 0] - shape_lonlat[j, 0]) * mx,
                    (shape_lonlat[j + 1, 1] - shape_lonlat[j, 1]) * my,
                )
        low, high = start[i] * total, stop[i] * total
        along = 0.0
        for j in range(begin, end - 1):
            ax, ay = (shape_lonlat[j, 0] - lon0) * mx, (shape_lonlat[j, 1] - lat0) * my
            bx, by = (shape_lonlat[j + 1, 0] - lon0) * mx, (shape_lonlat[j + 1, 1] - lat0) * my
            if total > 0:
                length = math.hypot(bx - ax, by - ay)
                at = along
                along += length
                if along < low or at > high:
                    continue
                if length > 0:
                    t0, t1 = max((low - at) / length, 0.0), min((high - at) / length, 1.0)
                    ax, ay, bx, by = (
                        ax + t0 * (bx - ax),
                        ay + t0 * (by - ay),
                        ax + t1 * (bx - ax),
                        ay + t1 * (by - ay),
                    )
            dx, dy = bx - ax, by - ay
            square = dx * dx + dy * dy
            first_row = max(math.ceil((min(ay, by) - reach) / cell), 0)
            last_row = min(math.floor((max(ay, by) + reach) / cell), rows - 1)
            first_column = max(math.ceil((min(ax, bx) - reach) / cell), 0)
            last_column = min(math.floor((max(ax, bx) + reach) / cell), columns - 1)
            for row in range(first_row, last_row + 1):
                py = row * cell - ay
                for column in range(first_column, last_column + 1):
                    px = column * cell - ax
                    t = 0.0
                    if square > 0:
                        t = min(max((px * dx + py * dy) / square, 0.0), 1.0)
                    ex, ey = px - t * dx, py - t * dy
                    d = ex * ex + ey * ey
                    grid[row, column] = min(grid[row, column], d)


@njit(cache=True, nogil=True, inline="always")
def _cross(grid, level, row, column, is_vertical):
    """Where the contour crosses a grid edge, in cells; kept off the vertices, so that rings never touch."""
    a = math.sqrt(grid[row, column])
    b = math.sqrt(grid[row + 1, column]) if is_vertical else math.sqrt(grid[row, column + 1])
    t = min(max((level - a) / (b - a), 0.001), 0.999)
    if is_vertical:
        return float(column), row + t
    return column + t, float(row)


@njit(cache=True, nogil=True)
def contour(grid, level, follow, xy, ring_first):
    """
    Trace the rings around where the grid's root is at most ``level``: marching squares, the inside to the left.

    ``grid`` holds squares and is outside along its border. ``follow`` is scratch of 2 x grid size, all -1, and left so.
    Gives the number of rings; with too little room, minus the number of points needed.
    """
    rows, columns = grid.shape
    size = rows * columns
    square = level * level
    points = 0
    for row in range(rows - 1):
        for column in range(columns - 1):
            sw, se = grid[row, column] <= square, grid[row, column + 1] <= square
            nw, ne = grid[row + 1, column] <= square, grid[row + 1, column + 1] <= square
            case = sw * 1 + se * 2 + ne * 4 + nw * 8
            if case == 0 or case == 15:  # noqa: PLR1714
                continue
            s, n = row * columns + column, (row + 1) * columns + column
            w, e = size + row * columns + column, size + row * columns + column + 1
            points += 1
            if case == 1:
                follow[s] = w
            elif case == 2:
                follow[e] = s
            elif case == 4:
                follow[n] = e
            elif case == 8:
                follow[w] = n
            elif case == 3:
                follow[e] = w
            elif case == 6:
                follow[n] = s
            elif case == 12:
                follow[w] = e
            elif case == 9:
                follow[s] = n
            elif case == 14:
                follow[w] = s
            elif case == 13:
                follow[s] = e
            elif case == 11:
                follow[e] = n
            elif case == 7:
                follow[n] = w
            else:
                points += 1
                middle = (
                    math.sqrt(grid[row, column])
                    + math.sqrt(grid[row, column + 1])
                    + math.sqrt(grid[row + 1, column])
                    + math.sqrt(grid[row + 1, column + 1])
                )
                joined = middle <= 4 * level
                if case == 5:
                    if joined:
                        follow[s], follow[n] = e, w
                    else:
                        follow[s], follow[n] = w, e
                elif joined:
                    follow[w], follow[e] = s, n
                else:
                    follow[e], follow[w] = s, n
    needed = 2 * points + 1
    if needed > len(xy) or needed > len(ring_first):
        for i in range(2 * size):
            follow[i] = -1
        return -needed
    rings, at = 0, 0
    for begin in range(2 * size):
        if follow[begin] < 0:
            continue
        ring_first[rings] = at
        i = begin
        while follow[i] >= 0:
            place = i if i < size else i - size
            xy[at, 0], xy[at, 1] = _cross(grid, level, place // columns, place % columns, i >= size)
            at += 1
            after = follow[i]
            follow[i] = -1
            i = after
        xy[at, 0], xy[at, 1] = xy[ring_first[rings], 0], xy[ring_first[rings], 1]
        at += 1
        rings += 1
    ring_first[rings] = at
    return rings


@njit(cache=True, nogil=True)
def backtrack(first_in, in_arc, tail, arc_ms, node, seed_node, seed_ms, start, path):
    """Walk back from a node to a seed over arcs that make up its time; give their number and the seed's position."""
    v = start
    count = 0
    while True:
        d = node[v, 0]
        for i in range(len(seed_node)):
            if seed_node[i] == v and seed_ms[i] == d:
                return count, i
        found = False
        for j in range(first_in[v], first_in[v + 1]):
            a = in_arc[j]
            w, u = arc_ms[a], tail[a]
            if w >= 0 and node[u, 0] != INF_MS and np.int64(node[u, 0]) + w == d:
                path[count] = a
                count += 1
                v = u
                found = True
                break
        if not found:
            return count, -1
