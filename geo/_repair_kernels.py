"""Repair a finished nearest-seed field after arcs or seeds have changed (compiled kernels).

``arcs`` is a private copy of head and weight per arc, changed in place. ``parent`` is the arc each label came by, -1 for
a label that came from a seed, -2 for an unreached node. Labels are ordered by time, then owner.
"""

# Compiled kernels have no annotations: numba infers their types from the arrays.
# ruff: noqa: ANN001, ANN202
# mypy: disable-error-code="no-untyped-def"

import numpy as np
from numba import njit

from geo._kernels import INF_MS, NO_OWNER


@njit(cache=True, nogil=True)
def find_parents(first_in, in_arc, tail, arcs, node, parent):
    """Find for every label the arc it came by: one from a node of the same owner whose time plus the arc's is its own."""
    for v in range(len(first_in) - 1):
        d, owner = node[v, 0], node[v, 1]
        if d == INF_MS:
            parent[v] = -2
            continue
        parent[v] = -1
        for i in range(first_in[v], first_in[v + 1]):
            a = in_arc[i]
            w = arcs[a, 1]
            u = tail[a]
            if w >= 0 and node[u, 1] == owner and node[u, 0] != INF_MS and np.int64(node[u, 0]) + w == d:
                parent[v] = a
                break


@njit(cache=True, nogil=True)
def invalidate(first_out, arcs, node, parent, roots, lost):
    """Take back the labels of some nodes and of all that came by them; list them in ``lost``, give how many."""
    count = 0
    for i in range(len(roots)):
        v = roots[i]
        if parent[v] != -2:
            parent[v] = -2
            lost[count] = v
            count += 1
    done = 0
    while done < count:
        v = lost[done]
        done += 1
        node[v, 0] = INF_MS
        node[v, 1] = NO_OWNER
        for a in range(first_out[v], first_out[v + 1]):
            u = arcs[a, 0]
            if parent[u] == a:
                parent[u] = -2
                lost[count] = u
                count += 1
    return count


@njit(cache=True, nogil=True, inline="always")
def _push(heap, size, key, v):
    """Push a key and a node on a binary heap held in two columns; give its new size."""
    i = size
    while i > 0:
        up = (i - 1) >> 1
        if heap[up, 0] <= key:
            break
        heap[i, 0], heap[i, 1] = heap[up, 0], heap[up, 1]
        i = up
    heap[i, 0], heap[i, 1] = key, v
    return size + 1


@njit(cache=True, nogil=True, inline="always")
def _pop(heap, size):
    """Take the first off a binary heap; the caller has read it. Give the new size."""
    size -= 1
    key, v = heap[size, 0], heap[size, 1]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1, 0] < heap[child, 0]:
            child += 1
        if heap[child, 0] >= key:
            break
        heap[i, 0], heap[i, 1] = heap[child, 0], heap[child, 1]
        i = child
    heap[i, 0], heap[i, 1] = key, v
    return size


@njit(cache=True, nogil=True)
def settle(
    first_out,
    arcs,
    first_in,
    in_arc,
    tail,
    node,
    parent,
    lost,
    lost_count,
    seed_node,
    seed_ms,
    seed_owner,
    opened,
    limit,
    heap,
):
    """
    Label lost nodes anew, and improve others, from their in-neighbours, from seeds and over opened arcs.

    ``seed_*`` are all seeds that stand (those that cannot improve anything cost nothing). Gives the heap, which may have
    grown, and the number of nodes whose label changed.
    """
    size = 0
    changed = 0
    for i in range(lost_count):
        v = lost[i]
        best, owner, by = np.int64(INF_MS), np.int64(NO_OWNER), -2
        for j in range(first_in[v], first_in[v + 1]):
            a = in_arc[j]
            w = arcs[a, 1]
            u = tail[a]
            if w < 0 or node[u, 0] == INF_MS or parent[u] == -2:
                continue
            t = np.int64(node[u, 0]) + w
            if t <= limit and (t < best or (t == best and node[u, 1] < owner)):
                best, owner, by = t, np.int64(node[u, 1]), a
        if by >= 0 and (best < node[v, 0] or (best == node[v, 0] and owner < node[v, 1])):
            # written only through the heap, so that no lost node serves another before its turn
            if size >= len(heap):
                heap = np.concatenate((heap, np.empty_like(heap)))
            size = _push(heap, size, best << 32 | owner, v)
    for i in range(len(seed_node)):
        v, t = seed_node[i], np.int64(seed_ms[i])
        if t <= limit and (t < node[v, 0] or (t == node[v, 0] and seed_owner[i] < node[v, 1])):
            if size >= len(heap):
                heap = np.concatenate((heap, np.empty_like(heap)))
            size = _push(heap, size, t << 32 | np.int64(seed_owner[i]), v)
    for i in range(len(opened)):
        a = opened[i]
        u, v, w = tail[a], arcs[a, 0], arcs[a, 1]
        if w >= 0 and node[u, 0] != INF_MS:
            t = np.int64(node[u, 0]) + w
            if t <= limit and (t < node[v, 0] or (t == node[v, 0] and node[u, 1] < node[v, 1])):
                if size >= len(heap):
                    heap = np.concatenate((heap, np.empty_like(heap)))
                size = _push(heap, size, t << 32 | np.int64(node[u, 1]), v)
    while size > 0:
        key, v = heap[0, 0], heap[0, 1]
        size = _pop(heap, size)
        t, owner = key >> 32, key & 0xFFFFFFFF
        if not (t < node[v, 0] or (t == node[v, 0] and owner < node[v, 1])):
            continue
        node[v, 0] = t
        node[v, 1] = owner
        changed += 1
        parent[v] = -1
        for j in range(first_in[v], first_in[v + 1]):
            a = in_arc[j]
            w = arcs[a, 1]
            u = tail[a]
            if w >= 0 and node[u, 1] == owner and node[u, 0] != INF_MS and np.int64(node[u, 0]) + w == t:
                parent[v] = a
                break
        for a in range(first_out[v], first_out[v + 1]):
            w = arcs[a, 1]
            if w < 0:
                continue
            u = arcs[a, 0]
            nt = t + w
            if nt <= limit and (nt < node[u, 0] or (nt == node[u, 0] and owner < node[u, 1])):
                if size >= len(heap):
                    heap = np.concatenate((heap, np.empty_like(heap)))
                size = _push(heap, size, nt << 32 | owner, u)
    return heap, changed
