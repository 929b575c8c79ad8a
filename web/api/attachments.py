"""Attach files to features, list, fetch and remove them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, request, send_file

from data import attachments, audit
from data.errors import LoadError, NotFoundError
from data.scope import Scope, require_write
from layers.permission_modules import Level
from layers.registry import find_register, layer_by_id
from web import identity, permissions
from web.register_access import register_scope
from web.respond import json_response

blueprint = Blueprint("attachments", __name__)


def _folder() -> Path:
    return identity.settings().state_dir / "attachments"


def _scope(layer_id: str) -> Scope:
    """Give the scope in which files are attached: to the rows of registers by whoever keeps them."""
    is_keeper = find_register(layer_id) is not None and identity.require_user().may("declare")
    return register_scope() if is_keeper else identity.scope()


@blueprint.get("/api/layers/<layer_id>/features/<int:feature_id>/attachments")
def index(layer_id: str, feature_id: int) -> Any:
    """List a feature's attachments, each with whether the user may remove it, and say what the user may add."""
    layer, scope, now = layer_by_id(layer_id), _scope(layer_id), identity.settings().clock.now()
    with identity.store().transaction(scope) as connection:
        rows = attachments.listed(connection, layer.id, feature_id)
        removable, may_add, kinds = attachments.offered(connection, layer, feature_id, scope=scope, now=now)
    for row in rows:
        row |= {"url": f"/api/attachments/{row['id']}", "may_remove": row["id"] in removable}
    return json_response({"attachments": rows, "may_add": may_add, "may_add_kinds": kinds})


@blueprint.post("/api/layers/<layer_id>/features/<int:feature_id>/attachments")
def add(layer_id: str, feature_id: int) -> Any:
    """Attach the uploaded file."""
    layer, scope, now = layer_by_id(layer_id), _scope(layer_id), identity.settings().clock.now()
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise LoadError("请选择文件。 Choose a file.")
    content = upload.stream.read(attachments.MAX_BYTES + 1)
    with identity.store().transaction(scope) as connection:
        number = attachments.add(
            connection,
            layer,
            feature_id,
            file_name=upload.filename,
            content=content,
            folder=_folder(),
            scope=scope,
            now=now,
            kind=request.form.get("kind") or None,
        )
        audit.append(
            connection,
            at=now,
            username=scope.username,
            action="attach",
            subject=f"{layer.id}/{feature_id}",
            detail={"attachment": number},
        )
    return json_response({"id": number, "url": f"/api/attachments/{number}"}, 201)


@blueprint.get("/api/attachments/<int:attachment_id>")
def fetch(attachment_id: int) -> Any:
    """Send an attachment; never as a page of ours."""
    with identity.transaction() as connection:
        row = attachments.read(connection, attachment_id)
    permissions.require_layer(identity.require_user(), row["layer"], Level.READ)
    path = attachments.path_of(_folder(), bytes(row["sha256"]))
    if not path.is_file():
        raise NotFoundError("附件的内容不在这台机器上。 The attachment's content is not on this machine.")
    response = send_file(path, row["media_type"], as_attachment=True, download_name=row["file_name"])
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@blueprint.delete("/api/attachments/<int:attachment_id>")
def remove(attachment_id: int) -> Any:
    """Detach a file."""
    now = identity.settings().clock.now()
    if not identity.require_user().may("declare"):
        require_write(identity.scope())
    with identity.transaction() as connection:
        layer_id = attachments.read(connection, attachment_id)["layer"]
    permissions.require_layer(identity.require_user(), layer_id, Level.WRITE)
    scope = _scope(layer_id)
    with identity.store().transaction(scope) as connection:
        attachments.remove(connection, attachment_id, scope=scope, now=now)
        audit.append(
            connection,
            at=now,
            username=scope.username,
            action="detach",
            subject=f"attachment/{attachment_id}",
        )
    return json_response({"id": attachment_id, "removed": True})
