"""Work through coverage sets: transpose, compare, add and take away sites, bound by multipliers (compiled kernels).

``value[k]`` is what the (k+1)-th unit that covers a demand point is worth for each unit of its weight, never rising with k;
``extra[i]`` is added to what the first is worth. ``gain[j]`` is what one unit more at a site is worth, ``loss[j]`` one unit less.
"""

# Compiled kernels have no annotations: numba infers their types from the arrays.
# ruff: noqa: ANN001, ANN202
# mypy: disable-error-code="no-untyped-def"

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def transpose(first, member, count):
    """Turn rows of members into members' rows."""
    start = np.zeros(count + 1, np.int64)
    for at in range(len(member)):
        start[member[at] + 1] += 1
    for j in range(count):
        start[j + 1] += start[j]
    fill = start.copy()
    row = np.empty(len(member), np.int32)
    for i in range(len(first) - 1):
        for at in range(first[i], first[i + 1]):
            j = member[at]
            row[fill[j]] = i
            fill[j] += 1
    return start, row


@njit(cache=True, nogil=True)
def gather(first, member, kept, start):
    """Copy the members of some rows, one after the other."""
    out = np.empty(start[-1], np.int32)
    for r in range(len(kept)):
        at = start[r]
        for source in range(first[kept[r]], first[kept[r] + 1]):
            out[at] = member[source]
            at += 1
    return out


@njit(cache=True, nogil=True)
def set_hashes(first, member):
    """Give each row two sums of mixed bits, the same for the same set."""
    out = np.zeros((len(first) - 1, 2), np.uint64)
    for i in range(len(first) - 1):
        for at in range(first[i], first[i + 1]):
            x = (np.uint64(member[at]) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
            x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            out[i, 0] += x ^ (x >> np.uint64(31))
            out[i, 1] ^= x * np.uint64(0xD6E8FEB86659FD93)
    return out


@njit(cache=True, nogil=True)
def differs_from_before(first, member, group, order):
    """Say of each row in an order whether its set or group is not that of the row before."""
    out = np.ones(len(order), np.bool_)
    for r in range(1, len(order)):
        a, b = order[r - 1], order[r]
        size = first[a + 1] - first[a]
        if group[a] != group[b] or size != first[b + 1] - first[b]:
            continue
        same = True
        for k in range(size):
            if member[first[a] + k] != member[first[b] + k]:
                same = False
                break
        out[r] = not same
    return out


@njit(cache=True, nogil=True)
def dominated(first, member, other_first, other_member, cost):
    """Say of each row whether another row holds all its members and costs no more (of two alike, the later)."""
    count = len(first) - 1
    out = np.zeros(count, np.bool_)
    for j in range(count):
        size = first[j + 1] - first[j]
        if size == 0:
            out[j] = True
            continue
        rarest, fewest = -1, np.int64(2**62)
        for at in range(first[j], first[j + 1]):
            i = member[at]
            rows = other_first[i + 1] - other_first[i]
            if rows < fewest:
                rarest, fewest = i, rows
        for at in range(other_first[rarest], other_first[rarest + 1]):
            k = other_member[at]
            wider = first[k + 1] - first[k]
            if k == j or out[k] or wider < size or cost[k] > cost[j]:
                continue
            if wider == size and cost[k] == cost[j] and k > j:
                continue
            a, b = first[j], first[k]
            while a < first[j + 1] and b < first[k + 1]:
                if member[a] == member[b]:
                    a += 1
                elif member[b] > member[a]:
                    break
                b += 1
            if a == first[j + 1]:
                out[j] = True
                break
    return out


@njit(cache=True, nogil=True)
def implied(first, member, other_first, other_member):
    """Say of each row whether it holds all members of another row (of two alike, the later); rows of one member imply the most."""
    count = len(first) - 1
    out = np.zeros(count, np.bool_)
    for i in range(count):
        for at in range(first[i], first[i + 1]):
            j = member[at]
            # a row inside this one has its first member here: look only at rows that begin with it
            for side in range(other_first[j], other_first[j + 1]):
                k = other_member[side]
                if k == i or out[k] or member[first[k]] != j:
                    continue
                size = first[k + 1] - first[k]
                own = first[i + 1] - first[i]
                if size > own or (size == own and k > i):
                    continue
                a, b = first[k], at
                while a < first[k + 1] and b < first[i + 1]:
                    if member[a] == member[b]:
                        a += 1
                    elif member[b] > member[a]:
                        break
                    b += 1
                if a == first[k + 1]:
                    out[i] = True
                    break
            if out[i]:
                break
    return out


@njit(cache=True, nogil=True, inline="always")
def _worth(i, k, weight, value, extra):
    if k >= len(value):
        return 0.0
    return weight[i] * value[k] + (extra[i] if k == 0 else 0.0)


@njit(cache=True, nogil=True)
def change(j, step, rows, weight, value, extra, covered, gain, loss):
    """Add (step 1) or take away (step -1) one unit at a site, and keep what units are worth up to date."""
    first, site, site_first, demand = rows
    total = 0.0
    for at in range(site_first[j], site_first[j + 1]):
        i = demand[at]
        old = covered[i]
        new = old + step
        covered[i] = new
        total += _worth(i, old, weight, value, extra) if step > 0 else -_worth(i, new, weight, value, extra)
        more = _worth(i, new, weight, value, extra) - _worth(i, old, weight, value, extra)
        less = _worth(i, max(new - 1, 0), weight, value, extra) - _worth(
            i, max(old - 1, 0), weight, value, extra
        )
        if more == 0.0 and less == 0.0:
            continue
        for other in range(first[i], first[i + 1]):
            gain[site[other]] += more
            loss[site[other]] += less
    return total


@njit(cache=True, nogil=True)
def begin(rows, weight, value, extra, units):
    """Work out from the units at each site how often each demand point is covered, what units are worth, and the objective."""
    first, site, site_first, _ = rows
    n, m = len(first) - 1, len(site_first) - 1
    covered = np.zeros(n, np.int64)
    gain, loss = np.zeros(m), np.zeros(m)
    total = 0.0
    for i in range(n):
        for at in range(first[i], first[i + 1]):
            covered[i] += units[site[at]]
        for k in range(min(covered[i], len(value))):
            total += _worth(i, k, weight, value, extra)
        more = _worth(i, covered[i], weight, value, extra)
        less = _worth(i, max(covered[i] - 1, 0), weight, value, extra)
        for at in range(first[i], first[i + 1]):
            gain[site[at]] += more
            loss[site[at]] += less
    return covered, gain, loss, total


@njit(cache=True, nogil=True)
def grow(rows, weight, value, extra, units, most, cost, left, count_left, covered, gain, loss):
    """Add units greedily, by what they are worth for their cost, until count or budget are used up; give what is left of both."""
    m = len(units)
    while count_left > 0:
        best, best_rate = -1, 1e-12
        for j in range(m):
            if units[j] < most[j] and cost[j] <= left:
                rate = gain[j] / cost[j] if (left < np.inf and cost[j] > 0) else gain[j]
                if rate > best_rate:
                    best, best_rate = j, rate
        if best < 0:
            break
        change(best, 1, rows, weight, value, extra, covered, gain, loss)
        units[best] += 1
        left -= cost[best]
        count_left -= 1
    return left, count_left


@njit(cache=True, nogil=True)
def interchange(rows, weight, value, extra, units, least, most, cost, left, covered, gain, loss, trials):
    """Move single units to better sites, until no move helps or so many were tried; give the gain, and what is left of the budget."""
    m = len(units)
    total = 0.0
    done = False
    tried = 0
    while not done and tried < trials:
        done = True
        for r in range(m):
            if units[r] <= least[r]:
                continue
            tried += 1
            if tried >= trials:
                break
            lost = loss[r]
            change(r, -1, rows, weight, value, extra, covered, gain, loss)
            units[r] -= 1
            left += cost[r]
            best, most_gain = r, lost + 1e-9 * (1.0 + abs(lost))
            for j in range(m):
                if units[j] < most[j] and cost[j] <= left and gain[j] > most_gain:
                    best, most_gain = j, gain[j]
            if best != r:
                total += gain[best] - lost
                done = False
            change(best, 1, rows, weight, value, extra, covered, gain, loss)
            units[best] += 1
            left -= cost[best]
    return total, left, done


@njit(cache=True, nogil=True)
def site_prices(site_first, demand, price, out):
    """Add up for each site the prices of the demand points it covers."""
    for j in range(len(site_first) - 1):
        total = 0.0
        for at in range(site_first[j], site_first[j + 1]):
            total += price[demand[at]]
        out[j] = total


@njit(cache=True, nogil=True)
def demand_part(weight, value, extra, price, wanted):
    """Add up what demand points would pay above their price, and how many units each wants at it."""
    total = 0.0
    for i in range(len(weight)):
        wanted[i] = 0
        for k in range(len(value)):
            over = _worth(i, k, weight, value, extra) - price[i]
            if over <= 0.0:
                break
            total += over
            wanted[i] += 1
    return total


@njit(cache=True, nogil=True)
def supply(site_first, demand, taken, wanted, slope):
    """Give the slope of the bound by each price: units supplied by the sites taken minus units wanted; and its square."""
    for i in range(len(wanted)):
        slope[i] = -wanted[i]
    for j in range(len(taken)):
        if taken[j] != 0.0:
            for at in range(site_first[j], site_first[j + 1]):
                slope[demand[at]] += taken[j]
    square = 0.0
    for i in range(len(slope)):
        square += slope[i] * slope[i]
    return square


@njit(cache=True, nogil=True)
def step_prices(price, slope, step, weight, value, extra):
    """Move the prices down the slope, within 0 and what the first unit is worth."""
    for i in range(len(price)):
        moved = price[i] - step * slope[i]
        price[i] = min(max(moved, 0.0), _worth(i, 0, weight, value, extra))
