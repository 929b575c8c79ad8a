"""Index edges by the cells of a grid they pass through (compiled)."""

# Compiled kernels have no annotations: numba infers their types from the arrays.
# ruff: noqa: ANN001, ANN202
# mypy: disable-error-code="no-untyped-def"

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.measure import metres_per_degree

CELL_M = 150.0
_LARGEST_GRID = 4_000_000


def grid_over_edges(
    shape_first: NDArray[np.int64], shape_lonlat: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Build the grid: edges by cell (CSR) and the frame, as `geo.network.Network` keeps them."""
    west, south = shape_lonlat.min(axis=0)
    east, north = shape_lonlat.max(axis=0)
    lon_m, lat_m = metres_per_degree(float((south + north) / 2))
    cell_m = CELL_M
    while (east - west) * lon_m / cell_m * ((north - south) * lat_m / cell_m) > _LARGEST_GRID:
        cell_m *= 2
    width, height = cell_m / lon_m, cell_m / lat_m
    columns = int((east - west) / width) + 1
    rows = int((north - south) / height) + 1
    frame = np.array([west, south, width, height, columns, rows], dtype=np.float64)
    counts = np.zeros(columns * rows + 1, np.int32)
    last = np.full(columns * rows, -1, np.int32)
    _visit(shape_first, shape_lonlat, frame, last, counts, np.zeros(0, np.int32), False)  # noqa: FBT003
    first = np.zeros(columns * rows + 1, np.int32)
    np.cumsum(counts[:-1], out=first[1:])
    edges = np.zeros(int(first[-1]), np.int32)
    last[:] = -1
    counts[:-1] = first[:-1]
    _visit(shape_first, shape_lonlat, frame, last, counts, edges, True)  # noqa: FBT003
    return first, edges, frame


@njit(cache=True, nogil=True)
def _visit(shape_first, shape_lonlat, frame, last, cursor, edges, write):
    """Walk every segment through its cells, counting edges per cell or writing them down."""
    x0, y0, width, height = frame[0], frame[1], frame[2], frame[3]
    columns, rows = int(frame[4]), int(frame[5])
    for edge in range(len(shape_first) - 1):
        for i in range(shape_first[edge], shape_first[edge + 1] - 1):
            ax, ay = (shape_lonlat[i, 0] - x0) / width, (shape_lonlat[i, 1] - y0) / height
            bx, by = (shape_lonlat[i + 1, 0] - x0) / width, (shape_lonlat[i + 1, 1] - y0) / height
            # a hair wider than the segment, so that rounding never loses a cell
            low_row = max(math.floor(min(ay, by) - 1e-9), 0)
            high_row = min(math.floor(max(ay, by) + 1e-9), rows - 1)
            for row in range(low_row, high_row + 1):
                left, right = min(ax, bx), max(ax, bx)
                if ay != by:
                    t0, t1 = (row - ay) / (by - ay), (row + 1 - ay) / (by - ay)
                    t0, t1 = max(min(t0, t1), 0.0), min(max(t0, t1), 1.0)
                    xa, xb = ax + t0 * (bx - ax), ax + t1 * (bx - ax)
                    left, right = min(xa, xb), max(xa, xb)
                low_column = max(math.floor(left - 1e-9), 0)
                high_column = min(math.floor(right + 1e-9), columns - 1)
                for column in range(low_column, high_column + 1):
                    cell = row * columns + column
                    if last[cell] != edge:
                        last[cell] = edge
                        if write:
                            edges[cursor[cell]] = edge
                        cursor[cell] += 1
