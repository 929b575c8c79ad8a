"""Snap points to edges and read travel times off a swept network at points along edges (compiled kernels)."""

# Compiled kernels have no annotations: numba infers their types from the arrays.
# ruff: noqa: ANN001, ANN202
# mypy: disable-error-code="no-untyped-def"

import math

import numpy as np
from numba import njit

from geo._kernels import INF_MS, NO_OWNER, _insert


@njit(cache=True, nogil=True)
def nearest_edges(
    lonlat,
    grid_first,
    grid_edge,
    frame,
    shape_first,
    shape_lonlat,
    usable,
    reach_m,
    scale,
    edge,
    fraction,
    distance,
    side,
    snapped,
):
    """Find for each point the nearest usable edge, searching the grid ring by ring. ``scale`` is metres per degree, per point."""
    x0, y0, width, height = frame[0], frame[1], frame[2], frame[3]
    columns, rows = int(frame[4]), int(frame[5])
    for p in range(len(lonlat)):
        lon, lat = lonlat[p, 0], lonlat[p, 1]
        mx, my = scale[p, 0], scale[p, 1]
        cell_x, cell_y = (lon - x0) / width, (lat - y0) / height
        cx, cy = math.floor(cell_x), math.floor(cell_y)
        cell_m = min(width * mx, height * my)
        inner = min(cell_x - cx, 1 - (cell_x - cx), cell_y - cy, 1 - (cell_y - cy)) * cell_m
        best = math.inf
        best_edge = -1
        # rings that lie wholly outside the grid are passed over
        ring = max(0, -cx, cx - columns + 1, -cy, cy - rows + 1)
        while True:
            if (ring - 1) * cell_m + inner > min(best, reach_m):
                break
            if ring > max(columns, rows) + max(abs(cx), abs(cy)):
                break
            for row in range(max(cy - ring, 0), min(cy + ring, rows - 1) + 1):
                at_end = row == cy - ring or row == cy + ring
                step = 1 if at_end or ring == 0 else 2 * ring
                column = cx - ring
                while column <= cx + ring:
                    if 0 <= column < columns:
                        cell = row * columns + column
                        for i in range(grid_first[cell], grid_first[cell + 1]):
                            e = grid_edge[i]
                            if not usable[e]:
                                continue
                            for j in range(shape_first[e], shape_first[e + 1] - 1):
                                ax, ay = (shape_lonlat[j, 0] - lon) * mx, (shape_lonlat[j, 1] - lat) * my
                                dx = (shape_lonlat[j + 1, 0] - lon) * mx - ax
                                dy = (shape_lonlat[j + 1, 1] - lat) * my - ay
                                square = dx * dx + dy * dy
                                t = 0.0
                                if square > 0:
                                    t = min(max(-(ax * dx + ay * dy) / square, 0.0), 1.0)
                                d = math.hypot(ax + t * dx, ay + t * dy)
                                if d < best or (d == best and e < best_edge):
                                    best, best_edge = d, e
                    column += step
            ring += 1
        if best_edge < 0 or best > reach_m:
            edge[p] = -1
            distance[p] = best
            continue
        edge[p] = best_edge
        distance[p] = best
        _place(p, best_edge, lon, lat, mx, my, shape_first, shape_lonlat, fraction, side, snapped)


@njit(cache=True, nogil=True)
def _place(p, e, lon, lat, mx, my, shape_first, shape_lonlat, fraction, side, snapped):
    """Write down where along its edge a point lies, and on which side."""
    along, total, best = 0.0, 0.0, math.inf
    for j in range(shape_first[e], shape_first[e + 1] - 1):
        ax, ay = (shape_lonlat[j, 0] - lon) * mx, (shape_lonlat[j, 1] - lat) * my
        dx = (shape_lonlat[j + 1, 0] - lon) * mx - ax
        dy = (shape_lonlat[j + 1, 1] - lat) * my - ay
        square = dx * dx + dy * dy
        t = 0.0
        if square > 0:
            t = min(max(-(ax * dx + ay * dy) / square, 0.0), 1.0)
        length = math.sqrt(square)
        d = math.hypot(ax + t * dx, ay + t * dy)
        if d < best:
            best = d
            along = total + t * length
            cross = ax * dy - ay * dx
            # cross > 0: the point lies to the left of the drawing
            side[p] = 0 if d < 0.01 else (-1 if dx * ay - dy * ax < 0 else 1)
            if cross == 0:
                side[p] = 0
            snapped[p, 0] = lon + (ax + t * dx) / mx
            snapped[p, 1] = lat + (ay + t * dy) / my
        total += length
    fraction[p] = min(max(along / total, 0.0), 1.0) if total > 0 else 0.0
    # within a millimetre of an end counts as at the junction
    if along < 1e-3:
        fraction[p] = 0.0
    elif total - along < 1e-3:
        fraction[p] = 1.0


@njit(cache=True, nogil=True, inline="always")
def _is_new_head(i, begin, edge_arc, head, arc_ms):
    """Whether no open arc before this one, of the same edge and direction, leads to its node."""
    for j in range(begin, i):
        if arc_ms[edge_arc[j]] >= 0 and head[edge_arc[j]] == head[edge_arc[i]]:
            return False
    return True


@njit(cache=True, nogil=True)
def entries(edge, fraction, edge_arc_first, edge_arc, tail, head, arc_ms, leaving, write, first, node, ms):
    """
    List how points along edges enter the graph: nodes and times, leaving the point or arriving at it.

    At an end of its edge a point is at the junction itself, whatever the direction of the road. First called to count.
    """
    count = 0
    for p in range(len(edge)):
        if write:
            first[p] = count
        e = edge[p]
        if e < 0:
            continue
        for along in range(2):
            f = fraction[p] if along == 0 else 1.0 - fraction[p]
            begin = edge_arc_first[2 * e + along]
            for i in range(begin, edge_arc_first[2 * e + along + 1]):
                a = edge_arc[i]
                w = arc_ms[a]
                if w < 0:
                    continue
                part = int(w * f + 0.5)
                is_new = _is_new_head(i, begin, edge_arc, head, arc_ms)
                if leaving:
                    if is_new:
                        if write:
                            node[count], ms[count] = head[a], w - part
                        count += 1
                    if f == 0.0:
                        if write:
                            node[count], ms[count] = tail[a], 0
                        count += 1
                else:
                    if write:
                        node[count], ms[count] = tail[a], part
                    count += 1
                    if f == 1.0 and is_new:
                        if write:
                            node[count], ms[count] = head[a], 0
                        count += 1
    if write:
        first[len(edge)] = count
    return count


@njit(cache=True, nogil=True, inline="always")
def _open_ms(e, along, edge_arc_first, edge_arc, arc_ms):
    """Weight of an edge in one direction, -1 when it is not open."""
    for i in range(edge_arc_first[2 * e + along], edge_arc_first[2 * e + along + 1]):
        if arc_ms[edge_arc[i]] >= 0:
            return np.int64(arc_ms[edge_arc[i]])
    return np.int64(-1)


@njit(cache=True, nogil=True, inline="always")
def _along_edge_ms(forward_ms, backward_ms, start, stop):
    """Time from one place to another on the same edge without leaving it; INF_MS when the direction is not open."""
    best = np.int64(INF_MS)
    if forward_ms >= 0 and stop >= start:
        best = np.int64(forward_ms * stop + 0.5) - np.int64(forward_ms * start + 0.5)
    if backward_ms >= 0 and stop <= start:
        t = np.int64(backward_ms * (1.0 - stop) + 0.5) - np.int64(backward_ms * (1.0 - start) + 0.5)
        best = min(best, t)
    return best


@njit(cache=True, nogil=True)
def same_edge_ms(e, start, stop, edge_arc_first, edge_arc, arc_ms):
    """Time from one place to another on the same edge without leaving it; INF_MS when the direction is not open."""
    forward_ms = _open_ms(e, 0, edge_arc_first, edge_arc, arc_ms)
    backward_ms = _open_ms(e, 1, edge_arc_first, edge_arc, arc_ms)
    return _along_edge_ms(forward_ms, backward_ms, start, stop)


@njit(cache=True, nogil=True)
def chain_by_edge(seed_edge, edge_count):
    """Chain seeds that lie on one edge: first seed of each edge and next seed of each seed, -1 at the end."""
    first = np.full(edge_count, -1, np.int32)
    after = np.full(len(seed_edge), -1, np.int32)
    for s in range(len(seed_edge) - 1, -1, -1):
        if seed_edge[s] >= 0:
            after[s] = first[seed_edge[s]]
            first[seed_edge[s]] = s
    return first, after


@njit(cache=True, nogil=True, inline="always")
def _better(node, v, extra, best, owner):
    """Best of what is known and the label of a node plus a time."""
    d = node[v, 0]
    if d != INF_MS:
        t = np.int64(d) + extra
        if t < best or (t == best and node[v, 1] < owner):
            return t, np.int64(node[v, 1])
    return best, owner


@njit(cache=True, nogil=True)
def read_nearest(
    node,
    order,
    edge,
    fraction,
    first_seed,
    next_seed,
    seed_fraction,
    edge_arc_first,
    edge_arc,
    tail,
    head,
    arc_ms,
    forward,
    limit,
    out_ms,
    out_owner,
    is_open,
):
    """
    Read the nearest seed of each point off a swept network, in the given order of points.

    ``forward``: from seeds to points; else from points to seeds.
    """
    for rank in range(len(order)):
        p = order[rank]
        best, owner = np.int64(INF_MS), np.int64(NO_OWNER)
        e = edge[p]
        is_open[p] = False
        if e >= 0:
            for along in range(2):
                f = fraction[p] if along == 0 else 1.0 - fraction[p]
                for i in range(edge_arc_first[2 * e + along], edge_arc_first[2 * e + along + 1]):
                    a = edge_arc[i]
                    w = arc_ms[a]
                    if w < 0:
                        continue
                    is_open[p] = True
                    part = np.int64(w * f + 0.5)
                    if forward:
                        best, owner = _better(node, tail[a], part, best, owner)
                        if f == 1.0:
                            best, owner = _better(node, head[a], 0, best, owner)
                    else:
                        best, owner = _better(node, head[a], w - part, best, owner)
                        if f == 0.0:
                            best, owner = _better(node, tail[a], 0, best, owner)
            s = first_seed[e]
            if s >= 0:
                forward_ms = _open_ms(e, 0, edge_arc_first, edge_arc, arc_ms)
                backward_ms = _open_ms(e, 1, edge_arc_first, edge_arc, arc_ms)
                while s >= 0:
                    start, stop = seed_fraction[s], fraction[p]
                    if not forward:
                        start, stop = stop, start
                    t = _along_edge_ms(forward_ms, backward_ms, start, stop)
                    if t < best or (t == best and t < INF_MS and s < owner):
                        best, owner = t, np.int64(s)
                    s = next_seed[s]
        if best > limit:
            best, owner = np.int64(INF_MS), np.int64(NO_OWNER)
        out_ms[p] = best
        out_owner[p] = owner


@njit(cache=True, nogil=True, inline="always")
def _merge(row, labels, v, extra, k, unset):
    """Merge the labels of a node plus a time into a row of k best."""
    for j in range(k):
        label = labels[v, j]
        if label >= unset:
            break
        value = (label & ~np.int64(1)) + (np.int64(extra) << 32)
        if value >= row[0, k - 1]:
            break
        _insert(row, 0, k, value)


@njit(cache=True, nogil=True)
def read_k_nearest(
    labels,
    order,
    edge,
    fraction,
    first_seed,
    next_seed,
    seed_fraction,
    edge_arc_first,
    edge_arc,
    tail,
    head,
    arc_ms,
    limit,
    out_ms,
    out_owner,
    is_open,
):
    """Read the k nearest seeds of distinct owners of each point off a network swept by ``sweep_k``."""
    k = out_ms.shape[1]
    unset = np.int64(INF_MS) << 32 | np.int64(0xFFFFFFFE)
    row = np.empty((1, k), np.int64)
    for rank in range(len(order)):
        p = order[rank]
        row[:] = unset
        e = edge[p]
        is_open[p] = False
        if e >= 0:
            for along in range(2):
                f = fraction[p] if along == 0 else 1.0 - fraction[p]
                for i in range(edge_arc_first[2 * e + along], edge_arc_first[2 * e + along + 1]):
                    a = edge_arc[i]
                    w = arc_ms[a]
                    if w < 0:
                        continue
                    is_open[p] = True
                    _merge(row, labels, tail[a], np.int64(w * f + 0.5), k, unset)
                    if f == 1.0:
                        _merge(row, labels, head[a], 0, k, unset)
            s = first_seed[e]
            if s >= 0:
                forward_ms = _open_ms(e, 0, edge_arc_first, edge_arc, arc_ms)
                backward_ms = _open_ms(e, 1, edge_arc_first, edge_arc, arc_ms)
                while s >= 0:
                    t = _along_edge_ms(forward_ms, backward_ms, seed_fraction[s], fraction[p])
                    if t < INF_MS:
                        _insert(row, 0, k, t << 32 | np.int64(s) << 1)
                    s = next_seed[s]
        for j in range(k):
            t = row[0, j] >> 32
            if row[0, j] >= unset or t > limit:
                out_ms[p, j], out_owner[p, j] = INF_MS, NO_OWNER
            else:
                out_ms[p, j], out_owner[p, j] = t, (row[0, j] >> 1) & 0x7FFFFFFF
