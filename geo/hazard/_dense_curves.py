"""Hold Britter and McQuaid's curves: distance against concentration ratio for a stability of the cloud."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

ALPHA_LIMIT = 1.0
"""The curves end at this alpha; a larger one is held here, which gives longer distances."""
_INF = float("inf")
_Piece = tuple[float, float, float]  # upper limit of alpha, slope, intercept
PLUME: dict[float, tuple[_Piece, ...]] = {
    0.1: ((-0.55, 0, 1.75), (-0.14, 0.24, 1.88), (_INF, -0.50, 1.78)),
    0.05: ((-0.68, 0, 1.92), (-0.29, 0.36, 2.16), (-0.18, 0, 2.06), (_INF, -0.56, 1.96)),
    0.02: ((-0.69, 0, 2.08), (-0.31, 0.45, 2.39), (-0.16, 0, 2.25), (_INF, -0.54, 2.16)),
    0.01: ((-0.70, 0, 2.25), (-0.29, 0.49, 2.59), (-0.20, 0, 2.45), (_INF, -0.52, 2.35)),
    0.005: ((-0.67, 0, 2.40), (-0.28, 0.59, 2.80), (-0.15, 0, 2.63), (_INF, -0.49, 2.56)),
    0.002: ((-0.69, 0, 2.60), (-0.25, 0.39, 2.87), (-0.13, 0, 2.77), (_INF, -0.50, 2.71)),
}
PUFF: dict[float, tuple[_Piece, ...]] = {
    0.1: ((-0.44, 0, 0.70), (0.43, 0.26, 0.81), (_INF, 0, 0.93)),
    0.05: ((-0.56, 0, 0.85), (0.31, 0.26, 1.0), (_INF, -0.12, 1.12)),
    0.02: ((-0.66, 0, 0.95), (0.32, 0.36, 1.19), (_INF, -0.26, 1.38)),
    0.01: ((-0.71, 0, 1.15), (0.37, 0.34, 1.39), (_INF, -0.38, 1.66)),
    0.005: ((-0.52, 0, 1.48), (0.24, 0.26, 1.62), (_INF, -0.30, 1.75)),
    0.002: ((0.27, 0, 1.83), (_INF, -0.32, 1.92)),
    0.001: ((-0.10, 0, 2.075), (_INF, -0.27, 2.05)),
}


def anchors(table: dict[float, tuple[_Piece, ...]], alpha: float) -> tuple[FloatArray, FloatArray]:
    """Give the concentration ratios, falling, and log10 of the scaled distance of each at an alpha."""
    held = min(alpha, ALPHA_LIMIT)
    betas = []
    for pieces in table.values():
        slope, intercept = next((s, c) for limit, s, c in pieces if held <= limit)
        betas.append(slope * held + intercept)
    return np.array(list(table)), np.array(betas)


def last_scaled_distance(alpha: float, *, is_puff: bool) -> float:
    """Give the scaled distance of the last curve; past it there are no data."""
    return float(10 ** anchors(PUFF if is_puff else PLUME, alpha)[1][-1])


def plume_ratio(scaled_x: FloatArray, alpha: float, *, is_linear: bool) -> FloatArray:
    """Give Cm/C0 of a plume at x/D: near field, curves, then falling with the square of the distance."""
    ratios, betas = anchors(PLUME, alpha)
    # the near field ends at 30 D, or earlier where the first curve comes nearer than its usual 56 D
    near = min(30.0, 10 ** (betas[0] - 1.75) * 30.0)
    x = np.maximum(scaled_x, 1e-12)
    nodes = np.concatenate(([306.0 / (306.0 + near**2)], ratios))
    middle = _between(np.log10(x), np.concatenate(([np.log10(near)], betas)), nodes, is_linear=is_linear)
    far = ratios[-1] * (10 ** betas[-1] / x) ** 2
    ratio: FloatArray = np.where(
        x <= near, 306.0 / (306.0 + x**2), np.where(x < 10 ** betas[-1], middle, far)
    )
    return ratio


def puff_ratio(scaled_x: FloatArray, alpha: float, *, is_linear: bool) -> FloatArray:
    """Give Cm/C0 of a puff at x/V0^⅓: rising to 1 at the source as 1/(1 + 9 (x/x₀.₁)²)."""
    ratios, betas = anchors(PUFF, alpha)
    x = np.maximum(scaled_x, 1e-12)
    first = 10 ** betas[0]
    middle = _between(np.log10(x), betas, ratios, is_linear=is_linear)
    far = ratios[-1] * (10 ** betas[-1] / x) ** 2
    ratio: FloatArray = np.where(
        x <= first, 1.0 / (1.0 + 9.0 * (x / first) ** 2), np.where(x < 10 ** betas[-1], middle, far)
    )
    return ratio


def _between(at: FloatArray, nodes: FloatArray, ratios: FloatArray, *, is_linear: bool) -> FloatArray:
    if is_linear:
        return np.interp(at, nodes, ratios)
    straight: FloatArray = 10 ** np.interp(at, nodes, np.log10(ratios))
    return straight
