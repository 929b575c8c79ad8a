"""Exchange sites of a p-median and bound it by multipliers (compiled kernels).

``cost[j, i]`` is what demand point i pays when it goes to site j, its weight included, and ``standing[i]`` what it pays at the nearest
of the sites that stand anyhow. Sites are rows, so that one is read in one go.
"""

# Compiled kernels have no annotations: numba infers their types from the arrays.
# ruff: noqa: ANN001, ANN202
# mypy: disable-error-code="no-untyped-def"

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def nearest_two(cost, standing, chosen, near, d1, d2):
    """Give each point its nearest chosen site (-1: one that stands anyhow), its cost, and that of the second."""
    for i in range(len(standing)):
        near[i], d1[i], d2[i] = -1, standing[i], np.inf
    for c in range(len(chosen)):
        j = chosen[c]
        for i in range(len(standing)):
            d = cost[j, i]
            if d < d1[i]:
                d2[i] = d1[i]
                d1[i], near[i] = d, c
            elif d < d2[i]:
                d2[i] = d


@njit(cache=True, nogil=True)
def savings(cost, d1, out):
    """Add up what each site would save if it were added."""
    for j in range(cost.shape[0]):
        total = 0.0
        for i in range(len(d1)):
            if cost[j, i] < d1[i]:
                total += d1[i] - cost[j, i]
        out[j] = total


@njit(cache=True, nogil=True)
def best_exchange(cost, price, left, chosen, is_chosen, near, d1, d2, start, looks):
    """Find an exchange that saves: look at sites from one on, take the first whose best exchange saves; -1 when none does."""
    m = cost.shape[0]
    loss = np.zeros(len(chosen))
    for look in range(min(looks, m)):
        j = (start + look) % m
        if is_chosen[j]:
            continue
        gain = 0.0
        loss[:] = 0.0
        for i in range(len(d1)):
            d = cost[j, i]
            if d < d1[i]:
                gain += d1[i] - d
            elif near[i] >= 0:
                loss[near[i]] += min(d, d2[i]) - d1[i]
        best, least = -1, np.inf
        for c in range(len(chosen)):
            if loss[c] < least and price[j] - price[chosen[c]] <= left:
                best, least = c, loss[c]
        if best >= 0 and gain - least > 1e-9 * (1.0 + abs(least)):
            return j, best, gain - least
    return -1, -1, 0.0


@njit(cache=True, nogil=True)
def relax(cost, standing, price, fetch, total):
    """Add up for each site what demand points would save against their prices; begin with what standing sites save."""
    for i in range(len(price)):
        total += min(price[i], standing[i])
    for j in range(cost.shape[0]):
        saved = 0.0
        for i in range(len(price)):
            over = price[i] - cost[j, i]
            if over > 0.0:
                saved += over
        fetch[j] = saved
    return total


@njit(cache=True, nogil=True)
def slope_of(cost, standing, price, taken, slope):
    """Give one minus how many of the sites taken serve each point at its price."""
    for i in range(len(price)):
        slope[i] = 0.0 if standing[i] < price[i] else 1.0
    for j in range(cost.shape[0]):
        if taken[j] > 0.0:
            for i in range(len(price)):
                if cost[j, i] < price[i]:
                    slope[i] -= taken[j]
