"""Share the options, the opening and the words of the travel-time verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from data.store import Store
from data.travel_store import TravelStore
from geo.weights import PROFILES
from web.settings import current_environment, settings_from
from web.wiring import opened_store

F = TypeVar("F", bound=Callable[..., Any])


def circumstances_options(command: F) -> F:
    """Add departure, profile and closures to a verb."""
    for option in (
        click.option(
            "--closed",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="封闭区域 GeoJSON 文件。 GeoJSON file of closed areas.",
        ),
        click.option(
            "--profile",
            default="car",
            show_default=True,
            type=click.Choice(list(PROFILES)),
            help="通行方式。 Who drives.",
        ),
        click.option(
            "--at-time",
            help="出发时间，如 2026-11-23T18:00；默认现在。 Departure, Beijing time; now by default.",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def opened_stores() -> Iterator[tuple[Store, TravelStore]]:
    """Open the store in use and its travel times."""
    with opened_store() as store:
        yield store, TravelStore(store, settings_from(current_environment(), store.database).state_dir)


@contextmanager
def opened_travel() -> Iterator[TravelStore]:
    """Open the travel times of the store in use."""
    with opened_stores() as (_, travel):
        yield travel


def closed_text(path: Path | None) -> str | None:
    """Read a file of closed areas."""
    return None if path is None else path.read_text(encoding="utf-8-sig")


def describe_network(found: dict[str, Any]) -> str:
    """Name the network, the slice and the closures in one line."""
    piece, closures = found["slice"], found["closures"]
    return (
        f"路网 network {found['version'][:12]} · {piece['label']} · {piece['profile']} · "
        f"封闭 closures {closures['in_force']} + {closures['drawn']}（{closures['edges_closed']} 条路段 edges）"
    )


def shown_minutes(seconds: float | None) -> str:
    """Show seconds as minutes and seconds, always as wide."""
    if seconds is None:
        return "   —   "
    return f"{int(seconds) // 60:>3}:{int(seconds) % 60:02d}"
