"""Reduce a network to its core and sweep there (compiled kernels).

Nodes with few neighbours are taken out one after another, their neighbours joined by shortcuts: what remains is the core.
Slot ``2 e`` is the weight of edge ``e`` from its lower end to its higher one, slot ``2 e + 1`` the other way, so that ``slot ^ 1`` turns about.
"""

# Compiled kernels have no annotations: numba infers their types from the arrays.
# ruff: noqa: ANN001, ANN202
# mypy: disable-error-code="no-untyped-def"

import numpy as np
from numba import njit

from geo._kernels import INF_MS, _insert, _requeue, empty_k

ABSENT_MS = np.int32(2**30 - 1)
"""Weight of a slot that no open arc fills; sums of two stay within 32 bits."""


@njit(cache=True, nogil=True)
def reduce(node_count, low, high, most):
    """
    Take out nodes of at most ``most`` neighbours, fewest first; ``low`` and ``high`` are the ends of the edges.

    Gives the rank of removal of each node (-1 in the core), their slots upwards in that order (CSR), the
    triangles (slot in, slot out, slot of the shortcut) in order, and the ends of all half-edges with the edges alive.
    """
    capacity = 2 * len(low) + 1024
    to = np.empty(2 * capacity, np.int32)
    after = np.empty(2 * capacity, np.int32)
    begin = np.full(node_count, -1, np.int32)
    degree = np.zeros(node_count, np.int32)
    edges = len(low)
    for e in range(edges):
        a, b = low[e], high[e]
        to[2 * e], to[2 * e + 1] = b, a
        after[2 * e], begin[a] = begin[a], 2 * e
        after[2 * e + 1], begin[b] = begin[b], 2 * e + 1
        degree[a] += 1
        degree[b] += 1
    rank = np.full(node_count, -1, np.int32)
    up_first = np.zeros(node_count + 1, np.int64)
    up_slot = np.empty(most * node_count, np.int32)
    triangle = np.empty((4 * node_count + 1024, 3), np.int32)
    # one queue per degree; entries that are out of date are passed over
    pool_node = np.empty(node_count * (most + 2), np.int32)
    pool_after = np.full(node_count * (most + 2), -1, np.int32)
    first = np.full(most + 1, -1, np.int32)
    last = np.full(most + 1, -1, np.int32)
    pooled, removed, triangles = 0, 0, 0
    for v in range(node_count):
        d = degree[v]
        if d <= most:
            pool_node[pooled] = v
            if first[d] < 0:
                first[d] = pooled
            else:
                pool_after[last[d]] = pooled
            last[d] = pooled
            pooled += 1
    near = np.empty(most + 1, np.int32)
    while True:
        d = 0
        while d <= most and first[d] < 0:
            d += 1
        if d > most:
            break
        entry = first[d]
        first[d] = pool_after[entry]
        v = pool_node[entry]
        if rank[v] >= 0 or degree[v] != d:
            continue
        count = 0
        h = begin[v]
        while h >= 0:
            if rank[to[h]] < 0:
                near[count] = h
                count += 1
            h = after[h]
        rank[v] = removed
        for i in range(count):
            up_slot[up_first[removed] + i] = near[i]
        up_first[removed + 1] = up_first[removed] + count
        removed += 1
        for i in range(count):
            degree[to[near[i]]] -= 1
        for i in range(count):
            for j in range(i + 1, count):
                a, b = to[near[i]], to[near[j]]
                into, out = near[i] ^ 1, near[j]
                if degree[b] < degree[a]:
                    a, b, into, out = b, a, near[j] ^ 1, near[i]
                found, before = -1, -1
                h = begin[a]
                while h >= 0:
                    if rank[to[h]] >= 0:  # its other end is gone: unlink
                        if before < 0:
                            begin[a] = after[h]
                        else:
                            after[before] = after[h]
                    else:
                        if to[h] == b:
                            found = h
                            break
                        before = h
                    h = after[h]
                if found < 0:
                    if edges == capacity:
                        capacity *= 2
                        to = np.concatenate((to, np.empty_like(to)))
                        after = np.concatenate((after, np.empty_like(after)))
                    found = 2 * edges
                    to[found], to[found + 1] = b, a
                    after[found], begin[a] = begin[a], found
                    after[found + 1], begin[b] = begin[b], found + 1
                    degree[a] += 1
                    degree[b] += 1
                    edges += 1
                if triangles == len(triangle):
                    triangle = np.concatenate((triangle, np.empty_like(triangle)))
                triangle[triangles, 0], triangle[triangles, 1], triangle[triangles, 2] = into, out, found
                triangles += 1
        for i in range(count):
            u = to[near[i]]
            d = degree[u]
            if d <= most:
                if pooled == len(pool_node):
                    pool_node = np.concatenate((pool_node, np.empty_like(pool_node)))
                    pool_after = np.concatenate((pool_after, np.full_like(pool_after, -1)))
                pool_node[pooled] = u
                if first[d] < 0:
                    first[d] = pooled
                else:
                    pool_after[last[d]] = pooled
                last[d] = pooled
                pooled += 1
    return (
        rank,
        up_first[: removed + 1].copy(),
        up_slot[: up_first[removed]].copy(),
        triangle[:triangles].copy(),
        to[: 2 * edges].copy(),
    )


@njit(cache=True, nogil=True)
def customize(arc_ms, arc_slot, triangle, weight):
    """Fill the weights of all slots from the arcs and, through the triangles, of the shortcuts."""
    weight[:] = ABSENT_MS
    for a in range(len(arc_ms)):
        if arc_ms[a] >= 0:
            weight[arc_slot[a]] = min(weight[arc_slot[a]], arc_ms[a])
    for i in range(len(triangle)):
        into, out, across = triangle[i, 0], triangle[i, 1], triangle[i, 2]
        there = weight[into] + weight[out]
        back = weight[out ^ 1] + weight[into ^ 1]
        weight[across] = min(weight[across], there)
        weight[across ^ 1] = min(weight[across ^ 1], back)


@njit(cache=True, nogil=True)
def gather(weight, up_slot, core_slot, core_head, up_ms, down_ms, core_arcs):
    """Lay weights out in the order the sweep reads them; give the longest core arc."""
    for i in range(len(up_slot)):
        up_ms[i] = weight[up_slot[i]]
        down_ms[i] = weight[up_slot[i] ^ 1]
    longest = 1
    for i in range(len(core_slot)):
        w = weight[core_slot[i]]
        core_arcs[i, 0] = core_head[i]
        core_arcs[i, 1] = -1 if w >= ABSENT_MS else w
        if w < ABSENT_MS:
            longest = max(longest, w)
    return longest


@njit(cache=True, nogil=True)
def climb(
    seed_place, seed_ms, seed_owner, core_count, up_first, up_place, up_ms, limit, labels, links, slots
):
    """
    Set labels to the seeds and push them up to the core; give the latest label there.

    Labels stand by place: first the core, then the nodes taken out, in the order they were.
    """
    k = len(slots)
    unset = np.int64(INF_MS) << 32 | np.int64(0xFFFFFFFE)
    for v in range(labels.shape[0]):
        for j in range(k):
            labels[v, j] = unset
        links[v, 2 * k] = -1
        links[v, 2 * k + 1] = -1
    for i in range(len(seed_place)):
        v, d = seed_place[i], np.int64(seed_ms[i])
        if d <= limit:
            waits = np.int64(1) if v < core_count else np.int64(0)
            _insert(labels, v, k, d << 32 | np.int64(seed_owner[i]) << 1 | waits)
    for r in range(len(up_first) - 1):
        v = core_count + r
        if labels[v, 0] >= unset:
            continue
        for i in range(up_first[r], up_first[r + 1]):
            w = up_ms[i]
            if w >= ABSENT_MS:
                continue
            u = up_place[i]
            waits = np.int64(1) if u < core_count else np.int64(0)
            for j in range(k):
                label = labels[v, j]
                if label >= unset or (label >> 32) + w > limit:
                    break
                _insert(labels, u, k, label + (np.int64(w) << 32) | waits)
    latest = np.int64(0)
    for v in range(core_count):
        for j in range(k):
            if labels[v, j] < unset:
                latest = max(latest, labels[v, j] >> 32)
    return latest


@njit(cache=True, nogil=True)
def cross(core_first, core_arcs, limit, shift, bucket, labels, links, slots):
    """Sweep the core from the labels that climbed there."""
    k = len(slots)
    unset = np.int64(INF_MS) << 32 | np.int64(0xFFFFFFFE)
    mask = len(bucket) - 1
    queued, lowest = 0, np.int64(INF_MS)
    for v in range(len(core_first) - 1):
        label = labels[v, 0]
        if label < unset:
            queued += _requeue(labels, links, bucket, v, k, label >> 32 >> shift, mask, shift)
            lowest = min(lowest, label >> 32)
    if queued > 0:
        empty_k(core_first, core_arcs, limit, shift, bucket, labels, links, slots, queued, lowest)


@njit(cache=True, nogil=True)
def descend(core_count, up_first, up_place, down_ms, limit, labels, slots):
    """Hand labels down to the nodes that were taken out, the last one first."""
    k = len(slots)
    unset = np.int64(INF_MS) << 32 | np.int64(0xFFFFFFFE)
    for r in range(len(up_first) - 2, -1, -1):
        v = core_count + r
        for i in range(up_first[r], up_first[r + 1]):
            w = down_ms[i]
            if w >= ABSENT_MS:
                continue
            u = up_place[i]
            for j in range(k):
                label = labels[u, j]
                if label >= unset or (label >> 32) + w > limit:
                    break
                value = (label & ~np.int64(1)) + (np.int64(w) << 32)
                if value >= labels[v, k - 1]:
                    break
                _insert(labels, v, k, value)


@njit(cache=True, nogil=True)
def by_node(place, labels, out):
    """Copy labels from places to nodes."""
    for v in range(len(place)):
        for j in range(labels.shape[1]):
            out[v, j] = labels[place[v], j]
