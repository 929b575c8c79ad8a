"""Hold the plan of the house: imports run one way, pure rooms stay pure, sizes stay calm."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from web.settings import ROOT

PURE = ("geo", "dispatch", "layers")
FORBIDDEN = {
    "sqlalchemy", "psycopg", "flask", "requests", "urllib.request", "socket", "subprocess", "os", "random", "time",
    "pathlib", "tempfile", "shutil", "alembic", "click",
}  # fmt: skip


def modules(*rooms: str) -> list[Path]:
    return [p for room in rooms for p in sorted((ROOT / room).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_imports_run_to_the_right_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", modules(*PURE), ids=lambda p: str(p.relative_to(ROOT)))
def test_pure_rooms_reach_nothing_outside(path: Path) -> None:
    bad = {n for n in imported(path) for f in FORBIDDEN if n == f or n.startswith(f + ".")}
    assert not bad


@pytest.mark.parametrize(
    "path", modules("geo", "dispatch", "layers", "data", "web"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_every_module_says_what_it_does(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    words = ast.get_docstring(tree)
    if "versions" not in path.parts:
        assert words
        assert len(words.splitlines()[0]) <= 120


def test_errors_have_one_root_and_a_status() -> None:
    import importlib
    import inspect

    from geo.errors import OneMapError
    from web.problems import STATUS

    for name in (
        "geo.errors",
        "layers.errors",
        "dispatch.errors",
        "data.errors",
        "data.roads.errors",
        "web.problems",
        "web.printing",
        "data.users",
        "data.job_queue",
    ):
        for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            if issubclass(kind, OneMapError):
                assert kind in STATUS, f"{kind.__name__} has no HTTP status in web/problems.py"
    for path in modules("geo", "dispatch", "layers", "data", "web"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.ExceptHandler)
                and isinstance(node.type, ast.Name)
                and node.type.id == "Exception"
            ):
                assert path.parts[-2] == "web" or "outermost" in path.read_text(), (
                    f"except Exception in {path}"
                )


def test_lock_files_name_no_host() -> None:
    for path in [*(ROOT / "requirements").glob("*.lock"), ROOT / "package-lock.json"]:
        text = path.read_text(encoding="utf-8")
        assert "--index" not in text
        assert '"resolved"' not in text


def test_nothing_is_fetched_from_another_origin() -> None:
    hosts = ("unpkg." + "com", "jsdelivr" + ".net", "googleapis" + ".com", "cdnjs" + ".")
    for folder in ("web/static/js", "web/static/css", "web/templates"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                text = path.read_text(encoding="utf-8", errors="replace")
                assert not any(host in text for host in hosts), path


def test_tests_that_are_named_are_there() -> None:
    """A reason that names a test is worth as much as the test."""
    there = {path.name for path in (ROOT / "tests").rglob("*.py")}
    named = {
        (path.relative_to(ROOT), name)
        for room in ("tests", "web", "data", "dispatch", "layers", "geo")
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r"\btest_\w+\.py\b", path.read_text(encoding="utf-8"))
    }
    assert not {(str(path), name) for path, name in named if name not in there}
