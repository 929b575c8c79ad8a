"""Sweep a network with a bucket queue (compiled kernels).

Rows of ``node`` are (distance in ms, owner, next, previous): the label of a node and its links in the list of
its bucket stand in one quarter of a cache line. A node stands in at most one list, so that nothing grows.
``bucket`` is circular: its length is a power of two beyond the longest open arc. A closed arc has a negative weight and is skipped.
Labels are ordered by distance, then owner, so that ties have one answer whatever the order of the input.
"""

# Compiled kernels have no annotations: numba infers their types from the arrays.
# ruff: noqa: ANN001, ANN202
# mypy: disable-error-code="no-untyped-def"

import numpy as np
from numba import njit

INF_MS = np.int32(2**31 - 1)
"""Label of a node that has not been reached."""
NO_OWNER = np.int32(-1)


@njit(cache=True, nogil=True, inline="always")
def _unlink(node, bucket, v):
    before, after = node[v, 3], node[v, 2]
    if before <= -2:
        bucket[-2 - before] = after
    else:
        node[before, 2] = after
    if after >= 0:
        node[after, 3] = before
    node[v, 3] = -1


@njit(cache=True, nogil=True, inline="always")
def _link(node, bucket, v, b):
    first = bucket[b]
    node[v, 2] = first
    node[v, 3] = -2 - b
    if first >= 0:
        node[first, 3] = v
    bucket[b] = v


@njit(cache=True, nogil=True)
def clear(node):
    """Set every label to unreached."""
    for v in range(node.shape[0]):
        node[v, 0] = INF_MS
        node[v, 1] = NO_OWNER
        node[v, 2] = -1
        node[v, 3] = -1


@njit(cache=True, nogil=True)
def undo(node, touched, count):
    """Set the labels of some nodes to unreached."""
    for i in range(count):
        v = touched[i]
        node[v, 0] = INF_MS
        node[v, 1] = NO_OWNER
        node[v, 2] = -1
        node[v, 3] = -1


@njit(cache=True, nogil=True)
def sweep(first, arcs, seed_node, seed_ms, seed_owner, limit, shift, bucket, node, touched, stop_at):
    """
    Label nodes with their nearest seed, up to and including a limit; give the number of nodes touched.

    Stops early when all nodes of ``stop_at`` are settled (an empty list means: never). ``touched`` has room for every node.
    """
    mask = len(bucket) - 1
    count = 0
    queued = 0
    lowest = np.int64(INF_MS)
    for i in range(len(seed_node)):
        v, d = seed_node[i], seed_ms[i]
        if d > limit:
            continue
        if d < node[v, 0] or (d == node[v, 0] and seed_owner[i] < node[v, 1]):
            if node[v, 0] == INF_MS:
                touched[count] = v
                count += 1
            if node[v, 3] != -1:
                _unlink(node, bucket, v)
                queued -= 1
            node[v, 0] = d
            node[v, 1] = seed_owner[i]
            _link(node, bucket, v, (d >> shift) & mask)
            queued += 1
            lowest = min(lowest, np.int64(d))
    if queued == 0:
        return count
    turn = lowest >> shift
    settled = 0
    while queued > 0:
        b = turn & mask
        while bucket[b] >= 0:
            v = bucket[b]
            after = node[v, 2]
            bucket[b] = after
            if after >= 0:
                node[after, 3] = -2 - b
            node[v, 3] = -1
            queued -= 1
            d, owner = node[v, 0], node[v, 1]
            for a in range(first[v], first[v + 1]):
                w = arcs[a, 1]
                if w < 0:
                    continue
                u = arcs[a, 0]
                nd = d + w
                if nd > limit:
                    continue
                old = node[u, 0]
                if nd < old or (nd == old and owner < node[u, 1]):
                    target = (nd >> shift) & mask
                    if node[u, 3] != -1:
                        node[u, 0] = nd
                        node[u, 1] = owner
                        if (old >> shift) & mask != target:
                            _unlink(node, bucket, u)
                            _link(node, bucket, u, target)
                    else:
                        if old == INF_MS:
                            touched[count] = u
                            count += 1
                        node[u, 0] = nd
                        node[u, 1] = owner
                        _link(node, bucket, u, target)
                        queued += 1
        turn += 1
        if settled < len(stop_at):
            while settled < len(stop_at) and node[stop_at[settled], 0] < (turn << shift):
                settled += 1
            if settled == len(stop_at):
                break
    if queued > 0:
        for b in range(len(bucket)):
            bucket[b] = -1
        for i in range(count):
            # nodes still in the queue have labels that are not final: take them back
            v = touched[i]
            if node[v, 3] != -1:
                node[v, 0] = INF_MS
                node[v, 1] = NO_OWNER
                node[v, 3] = -1
    return count


@njit(cache=True, nogil=True)
def extract(node, touched, count, out_node, out_ms, out_owner):
    """Copy the labels of touched nodes that are final; give how many."""
    kept = 0
    for i in range(count):
        v = touched[i]
        if node[v, 0] != INF_MS:
            out_node[kept] = v
            out_ms[kept] = node[v, 0]
            out_owner[kept] = node[v, 1]
            kept += 1
    return kept


@njit(cache=True, nogil=True, inline="always")
def _insert(labels, v, k, value):
    """Put a label among the k best of distinct owners of a node; give whether it got in.

    A label is distance << 32 | owner << 1 | waiting, so that comparing numbers compares distances, then owners.
    """
    owner = (value >> 1) & 0x7FFFFFFF
    if value >> 1 >= labels[v, k - 1] >> 1:
        return False
    end = k - 1
    for j in range(k):
        if (labels[v, j] >> 1) & 0x7FFFFFFF == owner:
            if labels[v, j] >> 1 <= value >> 1:
                return False
            end = j
            break
    j = end
    while j > 0 and labels[v, j - 1] >> 1 > value >> 1:
        labels[v, j] = labels[v, j - 1]
        j -= 1
    labels[v, j] = value
    return True


@njit(cache=True, nogil=True)
def sweep_k(first, arcs, seed_node, seed_ms, seed_owner, limit, shift, bucket, labels, links, slots):
    """
    Label nodes with their k nearest seeds of distinct owners.

    ``labels`` is (n, k + 1) int64, ``links`` the same memory as (n, 2 k + 2) int32, whose last two columns are the links.
    ``slots`` is a tuple of k zeros: its length is known when the kernel is compiled, which unrolls the loops.
    """
    k = len(slots)
    nxt, prv = 2 * k, 2 * k + 1
    mask = len(bucket) - 1
    unset = np.int64(INF_MS) << 32 | np.int64(0xFFFFFFFE)
    for v in range(labels.shape[0]):
        for j in range(k):
            labels[v, j] = unset
        links[v, nxt] = -1
        links[v, prv] = -1
    queued = 0
    lowest = np.int64(INF_MS)
    for i in range(len(seed_node)):
        v, d = seed_node[i], np.int64(seed_ms[i])
        if d > limit:
            continue
        if _insert(labels, v, k, d << 32 | np.int64(seed_owner[i]) << 1 | 1):
            queued += _requeue(labels, links, bucket, v, k, d >> shift, mask, shift)
            lowest = min(lowest, d)
    empty_k(first, arcs, limit, shift, bucket, labels, links, slots, queued, lowest)


@njit(cache=True, nogil=True)
def empty_k(first, arcs, limit, shift, bucket, labels, links, slots, queued, lowest):
    """Work the queue of ``sweep_k`` until it is empty: ``queued`` nodes wait, the first at ``lowest`` ms."""
    k = len(slots)
    nxt, prv = 2 * k, 2 * k + 1
    mask = len(bucket) - 1
    unset = np.int64(INF_MS) << 32 | np.int64(0xFFFFFFFE)
    turn = lowest >> shift
    while queued > 0:
        b = turn & mask
        while bucket[b] >= 0:
            v = bucket[b]
            after = links[v, nxt]
            bucket[b] = after
            if after >= 0:
                links[after, prv] = -2 - b
            links[v, prv] = -1
            queued -= 1
            begin, stop = first[v], first[v + 1]
            waiting = np.int64(-1)
            for j in range(k):
                label = labels[v, j]
                if label & 1 == 0 or label >= unset:
                    continue
                d = label >> 32
                if d >> shift > turn:
                    waiting = d >> shift
                    break
                labels[v, j] = label & ~np.int64(1)
                for a in range(begin, stop):
                    w = arcs[a, 1]
                    if w < 0 or d + w > limit:
                        continue
                    u = arcs[a, 0]
                    value = label + (np.int64(w) << 32)
                    if value < labels[u, k - 1] and _insert(labels, u, k, value):
                        queued += _requeue(labels, links, bucket, u, k, (d + w) >> shift, mask, shift)
            if waiting >= 0 and links[v, prv] == -1:
                queued += _requeue(labels, links, bucket, v, k, waiting, mask, shift)
        turn += 1


@njit(cache=True, nogil=True, inline="always")
def _requeue(labels, links, bucket, v, k, turn, mask, shift):
    """Put a node into the bucket of a new waiting label unless it stands in an earlier one; give 1 when it was in none."""
    nxt, prv = 2 * k, 2 * k + 1
    target = turn & mask
    before = links[v, prv]
    added = 1
    if before != -1:
        # the node is queued for its earliest waiting label: move it only when the new one is earlier than all others
        for j in range(k):
            label = labels[v, j]
            if label & 1 == 1:
                if label >> 32 >> shift < turn:
                    return 0
                break
        after = links[v, nxt]
        if before <= -2:
            if -2 - before == target:
                return 0
            bucket[-2 - before] = after
        else:
            links[before, nxt] = after
        if after >= 0:
            links[after, prv] = before
        added = 0
    head = bucket[target]
    links[v, nxt] = head
    links[v, prv] = -2 - target
    if head >= 0:
        links[head, prv] = v
    bucket[target] = v
    return added
