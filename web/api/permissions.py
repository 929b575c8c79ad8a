"""Tell and set how far each role may go in each module (N9)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g

from data import permissions as store
from data.scope import Connection
from layers.permission_modules import LEVEL_WORDS, MODULES, ROLES, Level
from web import account_questions as read
from web import company_questions as ask
from web import identity
from web.problems import in_language
from web.respond import json_response
from web.role_words import ROLE_WORDS

blueprint = Blueprint("permissions", __name__)


@blueprint.get("/api/permissions")
def index() -> Any:
    """Give the table of roles and modules: the level of each, and the levels it can have."""
    read.administrator()
    with identity.transaction() as connection:
        return json_response(_shown(connection))


@blueprint.put("/api/permissions")
def put() -> Any:
    """Set the `level` (`none`, `read`, `write`) of a `role` in a `module`; it holds from the next request on."""
    admin, values = read.administrator(), ask.body()
    role, module, level = (
        ask.line(values, name, words, most=40)
        for name, words in (("role", "角色"), ("module", "模块"), ("level", "权限"))
    )
    with identity.transaction() as connection:
        store.put(connection, role, module, level, admin=admin, now=identity.settings().clock.now())
        return json_response(_shown(connection))


def _shown(connection: Connection) -> dict[str, Any]:
    standing = store.listed(connection)
    return {
        "roles": [{"id": role, "title": in_language(ROLE_WORDS[role])} for role in ROLES],
        "levels": [{"id": one.value, "title": LEVEL_WORDS[one].in_language(g.language)} for one in Level],
        "modules": [
            {
                "id": module.id,
                "title": module.words.in_language(g.language),
                "cells": [
                    {
                        "role": role,
                        "level": standing[role, module.id].value,
                        "can": [one.value for one in Level if one.rank <= module.most(role).rank],
                        "is_kept": role in module.kept_for,
                    }
                    for role in ROLES
                ],
            }
            for module in MODULES
        ],
    }
