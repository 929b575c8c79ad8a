"""Miniatures, the San Francisco benchmark, and plain second ways to the same answers."""

from __future__ import annotations

import csv
from itertools import combinations, combinations_with_replacement
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

TOY_XY = np.array([[0, 0], [2, 0], [4, 1], [1, 3], [5, 4], [8, 1], [9, 3], [7, 5]], float)
TOY_WEIGHT = np.array([3, 1, 2, 4, 2, 5, 1, 3], float)
TOY_COST = np.abs(TOY_XY[:, None] - TOY_XY[None]).sum(axis=-1)

_FOLDER = Path(__file__).parent / "bench_sf"


def san_francisco() -> tuple[np.ndarray, np.ndarray]:
    """Give network metres from 205 tracts to 16 stores, and people; rows joined by name, as the two files sort differently."""
    with (_FOLDER / "SF_network_distance_candidateStore_16_censusTract_205_new.csv").open() as file:
        rows = list(csv.DictReader(file))
    tracts = sorted({row["DestinationName"] for row in rows})
    stores = sorted({row["name"] for row in rows})
    cost, people = np.full((len(tracts), len(stores)), np.inf), np.zeros(len(tracts))
    for row in rows:
        i = tracts.index(row["DestinationName"])
        cost[i, stores.index(row["name"])] = float(row["distance"])
        people[i] = float(row["demand"])
    return cost, people


def people_unsorted() -> tuple[list[str], np.ndarray]:
    """Give tracts and people in the order of the demand file, which is not that of the distances."""
    with (_FOLDER / "SF_demand_205_centroid_uniform_weight.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [row["NAME"] for row in rows], np.array([float(row["POP2000"]) for row in rows])


def random_case(seed: int, n: int = 9, m: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Give whole costs with some ways missing, and weights with zeros among them."""
    random = np.random.default_rng(seed)
    cost = random.integers(0, 12, (n, m)).astype(float)
    cost[random.random((n, m)) < 0.15] = np.inf
    return cost, random.integers(0, 6, n).astype(float)


def choices(m: int, count: int, fixed=(), forbidden=()):
    """Give all choices of up to so many sites that hold the fixed and none of the forbidden."""
    allowed = [j for j in range(m) if j not in forbidden]
    for k in range(1, count + 1):
        for chosen in combinations(allowed, k):
            if set(fixed) <= set(chosen):
                yield list(chosen)


def unit_choices(m: int, count: int):
    """Give all ways to put so many units on sites."""
    return (list(c) for c in combinations_with_replacement(range(m), count))


def worth(cost, weight, standard, chosen, values) -> float:
    """Count by the definition what the covers of each point are worth."""
    times = (cost[:, chosen] <= standard).sum(axis=1)
    return sum(w * sum(values[:t]) for w, t in zip(weight.tolist(), times.tolist(), strict=True))


def plain_mclp(cost, weight, standard, count) -> float:
    """Solve the textbook model with scipy's milp, nothing merged and nothing left out."""
    n, m = cost.shape
    covers = (cost <= standard).astype(float)
    done = milp(
        np.concatenate([np.zeros(m), -weight]),
        integrality=np.ones(m + n),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(np.hstack([-covers, np.eye(n)]), -np.inf, 0),
            LinearConstraint(np.concatenate([np.ones(m), np.zeros(n)]), -np.inf, count),
        ],
    )
    return -done.fun


def plain_p_median(cost, weight, count) -> float:
    """Solve the textbook model with scipy's milp."""
    n, m = cost.shape
    columns = m + n * m
    one = np.zeros((n, columns))
    tie = np.zeros((n * m, columns))
    for i in range(n):
        one[i, m + i * m : m + (i + 1) * m] = 1
        for j in range(m):
            tie[i * m + j, m + i * m + j] = 1
            tie[i * m + j, j] = -1
    done = milp(
        np.concatenate([np.zeros(m), (cost * weight[:, None]).reshape(-1)]),
        integrality=np.concatenate([np.ones(m), np.zeros(n * m)]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(one, 1, 1),
            LinearConstraint(tie, -np.inf, 0),
            LinearConstraint(np.concatenate([np.ones(m), np.zeros(n * m)]), -np.inf, count),
        ],
    )
    return done.fun
