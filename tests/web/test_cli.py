"""The start script: help before any set-up, the reference equal to the program, every verb described."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click
import pytest

from web.cli import main
from web.cli_reference import reference
from web.settings import ROOT


def verbs() -> list[str]:
    return main.list_commands(click.Context(main))


def test_the_reference_equals_the_program() -> None:
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference(), (
        "run: python -m web.cli_reference"
    )


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_speaks_both_languages(verb: str) -> None:
    command = main.get_command(click.Context(main), verb)
    assert command is not None
    words = command.help or ""
    assert any("\u4e00" <= c <= "\u9fff" for c in words), verb
    assert any(c.isascii() and c.isalpha() for c in words), verb
    for option in command.params:
        assert isinstance(option, click.Argument) or option.name == "help" or getattr(option, "help", None), (
            f"{verb} {option.name}"
        )


@pytest.fixture(scope="module")
def bare_clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files in a folder with a space in its name, without any set-up."""
    folder = tmp_path_factory.mktemp("a bare clone")
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.split(b"\0")
    for name in filter(None, names):
        source, target = ROOT / name.decode(), folder / name.decode()
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


@pytest.mark.parametrize(
    "arguments", [["--help"], [], ["demo", "--help"], ["serve", "--help"], ["db", "--help"]]
)
def test_help_needs_no_set_up(bare_clone: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [str(bare_clone / "onemap"), *arguments], capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 0, done.stderr
    assert "Usage: onemap" in done.stdout
    assert not (bare_clone / ".venv").exists()


def test_an_unknown_verb_shows_the_verbs(bare_clone: Path) -> None:
    done = subprocess.run(
        [str(bare_clone / "onemap"), "fly", "--help"], capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 2
    assert "fly" in done.stderr


def test_doctor_needs_no_set_up(bare_clone: Path) -> None:
    done = subprocess.run(
        [str(bare_clone / "onemap"), "doctor"], capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 1
    assert "./onemap demo" in done.stdout
    assert "postgis" in done.stdout


def test_the_script_works_through_a_link(bare_clone: Path, tmp_path: Path) -> None:
    link = tmp_path / "map"
    link.symlink_to(bare_clone / "onemap")
    done = subprocess.run(
        [str(link), "--help"], capture_output=True, text=True, check=False, timeout=20, cwd=tmp_path
    )
    assert "Usage: onemap" in done.stdout


def test_a_missing_python_is_said_plainly(bare_clone: Path, tmp_path: Path) -> None:
    script = (
        (bare_clone / "onemap")
        .read_text()
        .replace("/usr/bin/python3 python3 python3.13 python3.12 python3.11", "no-python-here")
    )
    (tmp_path / "onemap").write_text(script)
    done = subprocess.run(
        ["sh", str(tmp_path / "onemap"), "demo"], capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 1
    assert "apt-get install python3" in done.stderr
