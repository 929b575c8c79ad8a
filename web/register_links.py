"""Say what a register's row is linked to: a plan's days, its plan, what was found, and where it was found (row L9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from data import drill_plans
from data.register_forms import Actor
from data.scope import Connection
from layers.register import LeadsTo, Register
from layers.registry import all_registers, register_by_id
from layers.workflow import Party


def opened_of(connection: Connection, register: Register, row: Mapping[str, Any]) -> dict[str, bool]:
    """Say of each field whose value opens a page whether the user may open it: a simulation of the authority's is not the enterprise's."""
    return {
        f.name: drill_plans.may_open(connection, row[f.name])
        for f in register.layer.fields
        if f.opens is not None and row[f.name]
    }


def links_of(
    register: Register, row: Mapping[str, Any], actor: Actor, *, language: str
) -> list[dict[str, Any]]:
    """List the links of a row: each a register, the field and value by which it is asked for its rows, and where one is added."""
    found = [
        _list(
            theirs.id,
            leads.link,
            row[leads.link],
            register.layer.field(leads.link).words.in_language(language),
        )
        for theirs in all_registers()
        for leads in theirs.leads_to
        if leads.register == register.id and leads.link and row[leads.link]
    ]
    for one in found:
        one["field"] = "code"
    repeats = register.repeats
    if repeats is not None and row[repeats.series]:
        words = register.layer.field(repeats.series).words
        found.append(_list(register.id, "code", row[repeats.series], words.in_language(language)))
    elif repeats is not None and register.state_of(row) in (repeats.active, repeats.ended):
        title = "系统排出的各次" if language == "zh" else "The days made of it"
        # Nothing is found by a plan itself: its days list what they found.
        return [*found, _list(register.id, repeats.series, row["code"], title)]
    return found + [_led_to(register, leads, row, actor, language) for leads in register.leads_to]


def _list(register_id: str, field: str | None, value: str, title: str) -> dict[str, Any]:
    return {
        "register": register_id,
        "field": field,
        "value": value,
        "title": title,
        "add": None,
        "add_title": None,
    }


def _led_to(
    register: Register, leads: LeadsTo, row: Mapping[str, Any], actor: Actor, language: str
) -> dict[str, Any]:
    theirs = register_by_id(leads.register)
    may_add = (
        actor.scope.may_write
        and actor.party in theirs.kept_by
        and (leads.states is None or register.state_of(row) in leads.states)
    )
    takes = {
        their: str(row[our])
        for their, our in leads.takes
        if row[our] and (their != theirs.owner_field or actor.party is Party.AUTHORITY)
    }
    return {
        **_list(leads.register, leads.link, row["code"], leads.words.in_language(language)),
        "add": f"/registers/{leads.register}/new?{urlencode(takes)}" if may_add else None,
        "add_title": leads.add_words.in_language(language),
    }
