"""Describe what can be loaded: each module of data/loading/subjects gives NAMES, OPTIONS, TAKES and run."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import data.loading.subjects
from data.loading.problems import ProblemLog
from data.loading.rows import Written
from data.loading.table import Limits
from data.scope import Connection


@dataclass(frozen=True)
class SubjectOption:
    """One more option that a subject understands.

    Attributes
    ----------
    flag : for example ``--year``
    help : Chinese first
    is_flag : takes no value
    is_path : the value is a file
    """

    flag: str
    help: str
    is_flag: bool = False
    is_path: bool = False

    @property
    def name(self) -> str:
        """Give the name under which the value arrives in the request's options."""
        return self.flag.lstrip("-").replace("-", "_")


Row = dict[str, Any]


@dataclass(frozen=True)
class LoadRequest:
    """What a person asked to be loaded.

    Attributes
    ----------
    name : what: a layer's id, ``divisions``, ``water`` …
    path : the file
    crs : canonical code of the declared system, or None
    trust_crs : do not hold the datum against the divisions
    sheet : sheet or layer of the file
    mapping : header → field
    constants : field → text of every row
    fallback : field → text of every row, where the file has no such column
    keeps : fields that new rows take and rows that are there already keep
    division_code, authority_code : defaults
    keep_good : load the good rows although others are bad
    accept_positions : load rows whose position is in doubt, and list them
    fill_merged : give merged cells their one value
    report : Excel file for the bad rows
    ranges : half-open ranges of authority codes that rows must lie within; None: everywhere
    codes_elsewhere : codes of rows that stand outside those ranges: they are not taken over
    numbers : gives rows without a code their own
    also_writes : fields of rows that are there which follow from others
    completes : fills in what a checked row takes by itself, in place; gives (field, what is wrong) of it
    options : values of the subject's own options
    state_dir : folder of files that belong to the store, such as road networks
    year : of the division list, or None
    say : for people, on the way
    progress : (rows done, rows in all)
    """

    name: str
    path: Path
    crs: str | None = None
    trust_crs: bool = False
    sheet: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    fallback: Mapping[str, str] = field(default_factory=dict)
    keeps: frozenset[str] = frozenset()
    division_code: str | None = None
    authority_code: str | None = None
    keep_good: bool = False
    accept_positions: bool = False
    fill_merged: bool = False
    report: Path | None = None
    ranges: tuple[tuple[str, str], ...] | None = None
    codes_elsewhere: frozenset[str] = frozenset()
    numbers: Callable[[], str] | None = None
    also_writes: frozenset[str] = frozenset()
    completes: Callable[[Row], tuple[tuple[str, str], ...]] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    state_dir: Path = Path("var")
    limits: Limits = field(default_factory=Limits)
    say: Callable[[str], None] = lambda _: None
    progress: Callable[[int, int], None] = lambda _done, _all: None


@dataclass(frozen=True)
class LoadResult:
    """What a load did.

    Attributes
    ----------
    written : rows new, changed and unchanged
    log : the bad rows that were left out
    matched, guessed, unplaced : rows without a position of their own, by what became of them
    to_mend : rows put on the list of positions to look at
    report : the report that was written, or None
    """

    written: Written
    log: ProblemLog
    matched: int = 0
    guessed: int = 0
    unplaced: int = 0
    to_mend: int = 0
    report: Path | None = None


Run = Callable[[Connection, LoadRequest], LoadResult]


@dataclass(frozen=True)
class Subject:
    """One thing that can be loaded.

    Attributes
    ----------
    options : options of its own
    takes : those of the common options that it understands, by name; None for all
    """

    name: str
    words: str
    run: Run
    options: tuple[SubjectOption, ...] = ()
    takes: frozenset[str] | None = None


@cache
def all_subjects() -> dict[str, Subject]:
    """Discover everything that can be loaded, by name."""
    found: dict[str, Subject] = {}
    for info in pkgutil.iter_modules(data.loading.subjects.__path__):
        module = importlib.import_module(f"data.loading.subjects.{info.name}")
        for name, words in module.NAMES.items():
            takes = getattr(module, "TAKES", {}).get(name)
            found[name] = Subject(name, words, module.run, getattr(module, "OPTIONS", ()), takes)
    return found
