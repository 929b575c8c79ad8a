"""Keep a joint proposal with all it rested on, and work it out again; one that nobody accepts is forgotten after an hour."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np

from data.dispatch_proposal import Proposal
from data.errors import NotFoundError
from data.joint_calls import inputs_of_record, open_calls, unit_codes
from data.kept_rankings import Replay, packed, unpacked, world_of_record, world_record
from data.scope import Connection
from data.station_ranking import StationRanker
from dispatch.assignment import OpenCalls, Plan, assign_one_by_one, assign_together

#: How long a proposal that nobody accepted is kept.
_SEEN_FOR = dt.timedelta(hours=1)


def keep(
    connection: Connection, found: Proposal, *, authority_code: str, username: str, now: dt.datetime
) -> int:
    """Keep a proposal as it was shown; give its number."""
    circumstances = found.then.circumstances
    inputs = {
        **world_record(circumstances, found.table, found.then.busy),
        "joint": found.inputs.to_record(),
        "may_divert": found.options.may_divert,
    }
    codes = unit_codes(found.table.code, found.inputs.crews)
    orders = [r.order_code for r in found.inputs.rows]
    connection.execute(
        "DELETE FROM dispatch_plan WHERE accepted_at IS NULL AND at < %s AND username = %s",
        [now - _SEEN_FOR, username],
    )
    row = connection.execute(
        "INSERT INTO dispatch_plan (authority_code, username, at, network_version, hour_of_week, inputs, result)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [
            authority_code, username, now, circumstances.network.version, circumstances.impedance.scenario.hour_of_week,
            packed(inputs), json.dumps(_result(orders, codes, found.calls, found.plan, found.alone)),
        ],
    ).fetchone()  # fmt: skip
    return int(row["id"]) if row else 0


def note_accepted(connection: Connection, number: int, *, now: dt.datetime) -> None:
    """Note that something of a proposal was carried out: it is kept for good.

    Raises
    ------
    NotFoundError
        When there is none of that number that the scope may see.
    """
    row = connection.execute(
        "UPDATE dispatch_plan SET accepted_at = COALESCE(accepted_at, %s) WHERE id = %s RETURNING id",
        [now, number],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"没有第 {number} 次合并指派，或已过期，请重新计算。 There is no joint proposal {number} any more: work it out anew."
        )


def replay(ranker: StationRanker, connection: Connection, number: int) -> Replay:
    """Work a joint proposal out again from what was kept with it.

    Raises
    ------
    NotFoundError
        When there is none of that number that the scope may see, or its network's file is gone.
    """
    row = connection.execute(
        "SELECT at, network_version, hour_of_week, inputs, result FROM dispatch_plan WHERE id = %s", [number]
    ).fetchone()
    if row is None:
        raise NotFoundError(f"没有第 {number} 次合并指派。 There is no joint proposal {number}.")
    kept = unpacked(row["inputs"])
    network = ranker.network_of(connection, row["network_version"])
    world, table = world_of_record(network, row["hour_of_week"], kept)
    inputs = inputs_of_record(kept["joint"])
    calls, _ = open_calls(world, inputs)
    orders = [r.order_code for r in inputs.rows]
    codes = unit_codes(table.code, inputs.crews)
    again = _result(orders, codes, calls, assign_together(calls), assign_one_by_one(calls))
    return Replay(row["at"], row["network_version"], row["result"], again)


def _result(orders: list[str], codes: list[str], calls: OpenCalls, plan: Plan, alone: Plan) -> dict[str, Any]:
    """Give what is compared: for each order who goes and in how many milliseconds, together and one by one."""

    def of(each: Plan) -> list[list[Any]]:
        found = []
        for i, order in enumerate(orders):
            at = int(each.station_idx[i])
            time_s = float(calls.travel_time_s[i, at]) if at >= 0 else float("inf")
            found.append(
                [order, codes[at] if at >= 0 else None, round(time_s * 1000) if np.isfinite(time_s) else None]
            )
        return found

    return {"together": of(plan), "alone": of(alone)}
