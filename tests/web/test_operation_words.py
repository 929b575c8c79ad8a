"""Whatever the code appends to the audit is told in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from web.api.orders import _ACTS
from web.operation_words import action_words, actions_named, all_actions, subject_words
from web.settings import ROOT

_HAN = re.compile(r"[\u4e00-\u9fff]")
#: What actions that are put together may become.
_COMPOSED = {
    "f'order.{act}'": {f"order.{act}" for act in _ACTS},
    "f'sign_in_{result.reason}'": {"sign_in_wrong", "sign_in_locked"},
    "f'company.station.{became}'": {"company.station.removed", "company.station.retired"},
}
_REGISTER = "f'register.{action}'"
_TREES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for room in ("data", "web")
    for path in sorted((ROOT / room).rglob("*.py"))
}


def calls(name: str) -> Iterator[tuple[Path, ast.FunctionDef | None, ast.Call]]:
    """Every call of a function or method of a name, with the function it stands in."""
    for path, tree in _TREES.items():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    called = node.func
                    own = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
                    if own == name:
                        yield path, function, node


def values(expression: ast.expr, path: Path, function: ast.FunctionDef | None) -> set[str]:
    """What an expression may be: a text, one of two, a variable, a parameter of whoever calls."""
    if isinstance(expression, ast.Constant):
        return {str(expression.value)}
    if isinstance(expression, ast.IfExp):
        return values(expression.body, path, function) | values(expression.orelse, path, function)
    if isinstance(expression, ast.JoinedStr):
        text = ast.unparse(expression)
        if text == _REGISTER:
            return {f"register.{action}" for action in passed("note_event", "action")}
        assert text in _COMPOSED, f"{path}: say in _COMPOSED what {text} becomes"
        return _COMPOSED[text]
    assert isinstance(expression, ast.Name), f"{path}: {ast.unparse(expression)}"
    assert function is not None
    if expression.id in parameters(function):
        return passed(function.name, expression.id, path if function.name.startswith("_") else None)
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == expression.id:
            found |= values(node.value, path, function)
    assert found, f"{path}: {expression.id} is never set"
    return found


def parameters(function: ast.FunctionDef) -> list[str]:
    return [a.arg for a in (*function.args.args, *function.args.kwonlyargs)]


def passed(name: str, parameter: str, only: Path | None = None) -> set[str]:
    """What is given for a parameter of a function or method, wherever it is called."""
    definitions = [
        f
        for path, tree in _TREES.items()
        if only in (None, path)
        for f in ast.walk(tree)
        if isinstance(f, ast.FunctionDef) and f.name == name and parameter in parameters(f)
    ]
    found: set[str] = set()
    for path, function, call in calls(name):
        if only not in (None, path):
            continue
        keywords = {k.arg: k.value for k in call.keywords}
        if parameter in keywords:
            found |= values(keywords[parameter], path, function)
            continue
        for definition in definitions:
            is_method = "self" in parameters(definition)
            if is_method != isinstance(call.func, ast.Attribute):
                continue
            places = [p for p in parameters(definition) if p != "self"]
            at = places.index(parameter)
            if at < len(call.args) and isinstance(call.args[at], ast.Constant | ast.IfExp | ast.JoinedStr):
                found |= values(call.args[at], path, function)
    return found


@pytest.fixture(scope="module")
def appended() -> set[str]:
    """Every action that some call of the audit's append writes."""
    found: set[str] = set()
    for path, function, call in calls("append"):
        action = {k.arg: k.value for k in call.keywords}.get("action")
        if action is not None and path.name != "audit.py":
            found |= values(action, path, function)
    return {one for one in found if re.fullmatch(r"[a-z][\w.-]*", one)}


def test_every_action_has_words_in_both_languages(appended: set[str]) -> None:
    known = all_actions()
    assert appended > {
        "sign_in",
        "user_create",
        "register.moved",
        "boundary.draw",
        "password_reset.ask",
        "order.close",
    }
    assert appended > {
        "company.bind",
        "patrol.route_change",
        "enterprise.import",
        "sign_in_app",
        "sign_in_code",
    }
    assert not appended - set(known), "give them words in web/operation_words.py"
    for action, words in known.items():
        assert _HAN.search(words.zh), action
        assert not _HAN.search(words.en), action


def test_subjects_are_told_by_what_they_are() -> None:
    for subject, zh, en in (
        ("patrol/PR0000001", "巡查路线 PR0000001", "Patrol route PR0000001"),
        ("session", "会话", "Session"),
        ("licence/LIC-1", "证照许可 LIC-1", "Licence LIC-1"),
        ("user/admin", "账号 admin", "Account admin"),
        ("KR2026", "KR2026", "KR2026"),
    ):
        words = subject_words(subject)
        assert (words.zh, words.en.casefold()) == (zh, en.casefold()), subject


def test_actions_are_found_by_their_words_in_either_language() -> None:
    assert "boundary.draw" in actions_named("厂界")
    assert "boundary.draw" in actions_named("Plant Boundary")
    assert actions_named("没有这样的动作") == ()
    assert action_words("unheard.of").zh == "unheard.of"
