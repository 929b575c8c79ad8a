"""Map errors to HTTP status and problem type (RFC 9457), as JSON or as a page."""

from __future__ import annotations

import logging
import re
import secrets
from typing import Any

from flask import Flask, Response, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from data import errors as store
from data.job_queue import JobCancelledError
from data.roads import errors as roads
from data.users import UserError
from dispatch import errors as dispatch
from geo import errors as geo
from layers import errors as layer
from web.printing import PrintError
from web.self_signed import CertificateError

_log = logging.getLogger(__name__)


class NotSignedInError(geo.OneMapError):
    """Nobody is signed in, or the session or token has ended."""


class FirstPasswordError(geo.OneMapError):
    """The user has not changed the first password yet."""


class CsrfError(geo.OneMapError):
    """A form came without the secret of its session."""


class TooManyError(geo.OneMapError):
    """Too many requests of a kind; `retry_after_s` says when to come again."""

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


#: Error class → (HTTP status, problem type). The most special class that fits decides.
STATUS: dict[type[Exception], tuple[int, str]] = {
    geo.OneMapError: (500, "internal"),
    geo.GeoError: (400, "geometry"),
    geo.CrsError: (400, "crs"),
    geo.CoordinateError: (400, "coordinate"),
    geo.NetworkError: (400, "network"),
    geo.TripError: (400, "trips"),
    geo.HazardError: (400, "hazard"),
    geo.SitingError: (400, "siting"),
    layer.LayerError: (500, "layer"),
    layer.UnknownLayerError: (404, "unknown-layer"),
    layer.DeclarationError: (500, "declaration"),
    layer.WorkflowError: (409, "workflow"),
    layer.StandardError: (422, "standard"),
    store.StoreError: (500, "store"),
    store.DatabaseUnavailableError: (503, "database-unavailable"),
    store.DatabaseFullError: (503, "database-full"),
    store.DatabaseVersionError: (503, "database-version"),
    store.DeclarationDriftError: (503, "declaration-drift"),
    store.ClusterError: (503, "cluster"),
    store.NotFoundError: (404, "not-found"),
    store.RefusedError: (403, "refused"),
    store.ConflictError: (409, "conflict"),
    store.LoadError: (422, "load"),
    store.FilterError: (400, "filter"),
    store.FormError: (422, "form"),
    roads.RoadFileError: (400, "road-file"),
    roads.NetworkFileError: (503, "network-file"),
    roads.NoNetworkError: (503, "no-network"),
    dispatch.DispatchError: (500, "dispatch"),
    dispatch.QuestionError: (400, "question"),
    dispatch.OffRoadError: (422, "off-road"),
    dispatch.MoveRefusedError: (409, "move-refused"),
    UserError: (422, "user"),
    JobCancelledError: (409, "cancelled"),
    NotSignedInError: (401, "not-signed-in"),
    CsrfError: (403, "csrf"),
    FirstPasswordError: (403, "first-password"),
    TooManyError: (429, "too-many"),
    PrintError: (503, "print"),
    CertificateError: (503, "certificate"),
}


def status_of(error: Exception) -> tuple[int, str]:
    """Give the status and problem type of an error."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500, "internal"


def wants_json() -> bool:
    """Say whether the caller is a program rather than a person's page."""
    if request.path.startswith(("/api/", "/tiles/", "/ogc")):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def register(app: Flask) -> None:
    """Answer every error of `app` as a problem document or an error page."""
    app.register_error_handler(geo.OneMapError, _on_error)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_surprise)


def _on_error(error: geo.OneMapError) -> Any:
    status, kind = status_of(error)
    if isinstance(error, NotSignedInError) and not wants_json():
        return redirect(url_for("sign_in.page", next=request.full_path.rstrip("?")))
    if isinstance(error, FirstPasswordError) and not wants_json():
        return redirect(url_for("account.page"))
    if status >= 500:
        _log.error("%s %s: %s", request.method, request.path, error)
    response = _answer(status, kind, str(error), faults=_faults(error))
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, NotSignedInError) and (
        request.path.startswith("/ogc") or request.authorization is not None
    ):
        response.headers["WWW-Authenticate"] = 'Basic realm="OneMap"'
    return response


def _faults(error: Exception) -> list[dict[str, str]]:
    """Give what is wrong field by field, where an error knows."""
    if isinstance(error, store.FormError):
        return [{"field": name, "detail": in_language(words)} for name, words in error.faults]
    if isinstance(error, layer.StandardError) and error.field:
        place = error.field if error.row is None else f"{error.field}.{error.row}"
        return [{"field": place, "detail": in_language(str(error))}]
    if isinstance(error, layer.WorkflowError) and error.field:
        return [{"field": error.field, "detail": in_language(str(error))}]
    return []


_HTTP_WORDS = {
    400: "请求不完整或格式不对。 The request is incomplete or malformed.",
    404: "没有这个页面或地址。 There is no such page or address.",
    405: "这个地址不支持这种请求方式。 This address does not take that method.",
    413: "上传的内容太大。 What was sent is too large.",
    415: "不支持这种内容类型。 That content type is not taken here.",
}


def _on_http(error: HTTPException) -> Any:
    status = error.code or 500
    if 300 <= status < 400:
        return error.get_response()
    detail = _HTTP_WORDS.get(status, error.description or error.name)
    response = _answer(status, "http", detail)
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return response


def _on_surprise(error: Exception) -> Any:
    reference = secrets.token_hex(4)
    _log.exception("%s %s failed, reference %s", request.method, request.path, reference, exc_info=error)
    words = f"系统内部错误，已记录（{reference}）。 An internal error was recorded ({reference})."
    return _answer(500, "internal", words, reference)


def _answer(
    status: int,
    kind: str,
    detail: str,
    reference: str | None = None,
    faults: list[dict[str, str]] | None = None,
) -> Response:
    detail = in_language(detail)
    if wants_json():
        body: dict[str, Any] = {
            "type": f"/problems/{kind}",
            "title": in_language(TITLES.get(status, TITLES[500])),
            "status": status,
            "detail": detail,
            "instance": request.path,
        }
        if reference:
            body["reference"] = reference
        if faults:
            body["faults"] = faults
        import orjson  # noqa: PLC0415 - only here

        return Response(orjson.dumps(body), status, content_type="application/problem+json")
    page = render_template(
        "error.html",
        status=status,
        title=in_language(TITLES.get(status, TITLES[500])),
        what_happened=detail,
        what_to_do=in_language(WHAT_TO_DO[status]) if status in WHAT_TO_DO else None,
        problem_id=reference,
    )
    return Response(page, status, content_type="text/html; charset=utf-8")


TITLES = {
    400: "请求有误 Bad request",
    401: "需要登录 Sign in first",
    403: "没有权限 Not allowed",
    404: "没有找到 Not found",
    405: "方式不支持 Method not allowed",
    409: "与现状冲突 Conflict",
    413: "内容太大 Too large",
    422: "内容无法接受 Cannot be accepted",
    429: "请求太频繁 Too many requests",
    500: "系统内部错误 Internal error",
    503: "服务暂时不可用 Temporarily unavailable",
}


WHAT_TO_DO = {
    403: "请确认登录的账号，或请管理员开通权限。 Check which account you use, or ask your administrator.",
    404: "请检查地址，或回到地图重新查找。 Check the address, or go back to the map.",
    429: "稍等片刻再试。 Wait a moment and try again.",
    500: "请稍后重试；若再次出现，请把问题编号告诉管理员。 Try again; if it happens again, tell your administrator the number.",
    503: "请稍后重试；管理员可运行 ./onemap doctor 检查。 Try again shortly; administrators run ./onemap doctor.",
}


def in_language(text: str) -> str:
    """Keep the half of a two-language message that the reader asked for.

    Messages are written Chinese first, English after; with no clear border both stay.
    """
    language = getattr(g, "language", "zh")
    split = _border(text)
    if split is None:
        return text
    return text[split:].strip() if language == "en" else text[:split].strip()


def _border(text: str) -> int | None:
    """Find where the English half begins: behind a Chinese sentence mark and a space, before a capital, or figures and a word."""
    match = re.search(r"(?<=[。：！？]) (?=[A-Z][a-z ]|\d[\d,.]* [a-z])", text) or re.search(
        r"(?<=[\u3400-\u9fff]) (?=[A-Z][a-z])", text
    )
    return match.start() if match else None
