"""Order points along a Hilbert curve, so that neighbours on the map are neighbours in memory."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_BITS = 16


def hilbert_index(xy: ArrayLike) -> NDArray[np.int64]:
    """
    Give each point its place along a Hilbert curve over the points' bounding box.

    Parameters
    ----------
    xy : array_like, shape (n, 2)
        Points in any plane unit; they may be degrees, since only the order matters.

    Returns
    -------
    ndarray of int64, shape (n,)
        Place along a curve with 2**16 cells a side.

    Notes
    -----
    The usual bit-by-bit walk with rotation of the quadrant (J. Skilling, "Programming the Hilbert curve", AIP Conf. Proc.
    707 (2004), doi:10.1063/1.1751381, in its two-dimensional form).

    Examples
    --------
    >>> hilbert_index([[0, 0], [0, 1], [1, 1], [1, 0]]).argsort().tolist()
    [0, 1, 2, 3]
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if len(points) == 0:
        return np.zeros(0, np.int64)
    low = points.min(axis=0)
    span = max(float((points.max(axis=0) - low).max()), 1e-12)
    cells = np.minimum((points - low) / span * 2**_BITS, 2**_BITS - 1).astype(np.int64)
    x, y = cells[:, 0].copy(), cells[:, 1].copy()
    place = np.zeros(len(points), np.int64)
    side = 1 << (_BITS - 1)
    while side:
        right, top = (x & side) > 0, (y & side) > 0
        place += side * side * ((3 * right) ^ top)
        flip = ~top & right
        x[flip], y[flip] = side - 1 - (x[flip] & (side - 1)), side - 1 - (y[flip] & (side - 1))
        turn = ~top
        x[turn], y[turn] = y[turn], x[turn].copy()
        x &= side - 1
        y &= side - 1
        side >>= 1
    return place
