"""Follow the network, speeds and closures of the store, and keep what travel-time questions need at hand."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data import layer_versions, network_orders, networks
from data.kept_results import Kept
from data.roads.errors import NetworkFileError, NoNetworkError
from data.roads.network_file import load_network
from data.scope import SYSTEM, Connection
from data.store import Store
from dispatch.nearest import Sweeps, TravelTimes
from geo.contraction import Contraction, CustomizedHierarchy
from geo.core import CoreTopology, WeighedCore
from geo.network import Network
from geo.scenario import Impedance, Scenario, weigh
from geo.self_check import self_check
from geo.snapping import SnappedPoints, snap
from geo.weights import CAR, Profile, SpeedTable
from layers.display import LOCAL_ZONE

_log = logging.getLogger(__name__)
#: How often the store is asked what has changed.
CHECK_S = 1.0
_SLICES = 6
_SNAPPED = 16
_HIERARCHIES = 3


@dataclass(frozen=True, eq=False)
class Closure:
    """An area closed to traffic while it lasts."""

    id: int
    area: BaseGeometry
    starts_at: dt.datetime
    ends_at: dt.datetime | None

    def is_in_force(self, at: dt.datetime) -> bool:
        """Say whether it is closed at an instant: from its start, up to but not including its end."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, eq=False)
class Roads:
    """The network, speeds and closures of one moment; it never changes, so one answer uses one of them throughout."""

    network: Network
    speeds: SpeedTable | None
    closures: tuple[Closure, ...]
    closure_version: int
    speed_version: int
    layer_versions: dict[str, int]


@dataclass(frozen=True, eq=False)
class Circumstances:
    """What one answer rests on: the roads, the instant of departure, who drives, and what is closed.

    Attributes
    ----------
    at : datetime
        Departure; its hour's speeds hold throughout the trip.
    in_force : int
        Closures of the store in force at that instant.
    drawn : int
        Closures given with the question.
    """

    roads: Roads
    at: dt.datetime
    impedance: Impedance
    in_force: int
    drawn: int

    @property
    def network(self) -> Network:
        """The roads as a network."""
        return self.roads.network

    @property
    def profile(self) -> Profile:
        """Who drives."""
        return self.impedance.scenario.profile


def hour_of_week(at: dt.datetime) -> int:
    """Give the hour of the week, local time, 0 being Monday 00:00 to 01:00.

    >>> hour_of_week(dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC))
    18
    """
    local = at.astimezone(LOCAL_ZONE)
    return local.weekday() * 24 + local.hour


class NetworkService:
    """Answer "which roads, at which speeds, with what closed" for one process; safe to use from many threads.

    The store is asked at most once a second; a change that cannot be followed (a damaged file) is logged and the
    network before it keeps serving.
    """

    def __init__(self, store: Store, state_dir: Path) -> None:
        self._store, self._state_dir = store, state_dir
        self._lock = threading.RLock()
        self._roads: Roads | None = None
        self._checked_at = -1e9
        self._slices: Kept[Impedance] = Kept(_SLICES)
        self._snapped: Kept[SnappedPoints] = Kept(_SNAPPED)
        self._cores: Kept[CoreTopology] = Kept(1)
        self._weighed: Kept[WeighedCore] = Kept(2)
        self._contraction: Contraction | None = None
        self._sought_for = ""
        self._hierarchies: dict[int, tuple[Impedance, CustomizedHierarchy]] = {}
        self._customizing = threading.Lock()
        self._opened: tuple[str, Path] = ("", Path())
        self._refused: str | None = None
        self._thread: threading.Thread | None = None

    def warm_up(self) -> threading.Thread:
        """Open the network and compile the kernels in the background; give the thread."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._warm_up, name="network-warm-up", daemon=True)
                self._thread.start()
            return self._thread

    def _warm_up(self) -> None:
        try:
            checked = self_check()
            if checked.disagreeing:
                _log.error("travel-time engines disagree: %s", ", ".join(checked.disagreeing))
            circumstances = self.circumstances(dt.datetime.now(dt.UTC))
            _ = circumstances.impedance.out_arcs, circumstances.impedance.in_arcs
            self.core(circumstances.impedance)
            self._customize(circumstances.impedance)
        except NoNetworkError as error:
            _log.info("%s", error)
        except Exception:  # noqa: BLE001 - the outermost door of a thread: questions meet the error themselves
            _log.warning("warming up the network failed", exc_info=True)

    # -- following the store ----------------------------------------------------------------------------

    def roads(self) -> Roads:
        """Give the roads as they are now, at most a second old.

        Raises
        ------
        NoNetworkError
            When no roads have been loaded.
        NetworkFileError
            When the file cannot be used and there was no network before it.
        """
        with self._lock:
            if self._roads is None or time.monotonic() - self._checked_at > CHECK_S:
                self._roads = self._look()
                self._checked_at = time.monotonic()
            return self._roads

    def look_now(self) -> None:
        """Ask the store at the next question, however short ago it was asked."""
        with self._lock:
            self._checked_at = -1e9

    def _look(self) -> Roads:
        before = self._roads
        with self._store.transaction(SYSTEM) as connection:
            versions = layer_versions.versions(connection)
            closed, sped = versions.get("closure", 0), versions.get(networks.SPEEDS, 0)
            row = networks.current(connection)
            is_same = before is not None and before.network.version == row["version"]
            if before is not None and is_same and before.layer_versions == versions:
                return before
            has_speeds = before is not None and before.speed_version == sped
            speeds = before.speeds if before is not None and has_speeds else networks.read_speeds(connection)
            has_closures = before is not None and before.closure_version == closed
            closures = before.closures if before is not None and has_closures else _closures(connection)
        network = before.network if before is not None and is_same else self._open(row, before)
        if before is not None and network is not before.network:
            self._let_go()
        return Roads(network, speeds, closures, closed, sped, versions)

    def _open(self, row: dict[str, Any], before: Roads | None) -> Network:
        try:
            network = self._open_newest(row)
        except NetworkFileError as error:
            if before is None:
                raise
            if self._refused != str(error):
                _log.error("the new network is refused, the one before keeps serving: %s", error)
                self._refused = str(error)
            return before.network
        self._refused = None
        return network

    def _open_newest(self, row: dict[str, Any]) -> Network:
        """Open a registered network; where another took its place meanwhile and its file is gone, that one."""
        while True:
            path = networks.file_of(row, self._state_dir)
            try:
                network = _open_checked(row, path)
            except NetworkFileError:
                with self._store.transaction(SYSTEM) as connection:
                    now = networks.current(connection)
                if now["version"] == row["version"]:
                    raise
                row = now
                continue
            self._opened = (network.version, path)
            return network

    def _let_go(self) -> None:
        """Keep nothing of the network before: its file stays in use as long as anything of it is kept."""
        self._slices.clear()
        self._snapped.clear()
        self._cores.clear()
        self._weighed.clear()
        self._hierarchies, self._contraction = {}, None

    # -- what questions need ----------------------------------------------------------------------------

    def circumstances(
        self,
        at: dt.datetime,
        *,
        hour: int | None = None,
        profile: Profile = CAR,
        closed: tuple[BaseGeometry, ...] = (),
        with_closures: bool = True,
    ) -> Circumstances:
        """Weigh the roads of an instant.

        Parameters
        ----------
        at : datetime
            Departure.
        hour : int, optional
            Hour of the week, 0–167, instead of the instant's own.
        profile : Profile
            Who drives.
        closed : tuple of geometries
            Further areas that are closed, EPSG:4326.
        with_closures : bool
            False leaves out every closure.

        Raises
        ------
        NetworkError
            When the hour lies outside the week or an area is invalid.
        NoNetworkError, NetworkFileError
            As for `roads`.
        """
        roads = self.roads()
        in_force = [c for c in roads.closures if c.is_in_force(at)] if with_closures else []
        drawn = closed if with_closures else ()
        hour = hour_of_week(at) if hour is None else hour
        key = (
            roads.network.version, roads.speed_version, hour, profile,
            (roads.closure_version, tuple(c.id for c in in_force)) if in_force else None,
            tuple(area.wkb for area in drawn),
        )  # fmt: skip
        scenario = Scenario(
            hour_of_week=hour, profile=profile, speeds=roads.speeds,
            closed_areas=(*(c.area for c in in_force), *drawn),
        )  # fmt: skip
        impedance = self._slices.get(key, lambda: weigh(roads.network, scenario))
        return Circumstances(roads, at, impedance, len(in_force), len(drawn))

    def core(self, impedance: Impedance) -> WeighedCore:
        """Give the core of the network under the weights of a slice."""
        version = impedance.network.version
        topology = self._cores.get((version,), lambda: CoreTopology(impedance.network))
        return self._weighed.get((id(impedance), version), lambda: topology.customize(impedance), impedance)

    def times(self, circumstances: Circumstances) -> TravelTimes:
        """Give what answers rankings and routes soonest: a hierarchy where one is ready for the slice, else sweeps.

        The first question of a slice has its hierarchy made in the background; drawn closures are answered by sweeps.
        """
        impedance = circumstances.impedance
        kept = self._hierarchies.get(id(impedance))
        if kept is not None:
            return kept[1]
        is_warm = self._thread is not None and not self._thread.is_alive()
        may_have_one = self._contraction is not None or self._sought_for != impedance.network.version
        if is_warm and may_have_one and circumstances.drawn == 0 and not self._customizing.locked():
            threading.Thread(target=self._customize, args=(impedance,), name="hierarchy", daemon=True).start()
        return Sweeps(impedance)

    def _customize(self, impedance: Impedance) -> None:
        """Make the hierarchy of a slice, one at a time; an order that is not there yet is computed by a child process."""
        if not self._customizing.acquire(blocking=False):
            return
        try:
            network = impedance.network
            if self._sought_for != network.version:
                self._sought_for = network.version
                self._contraction = self._contract(network)
            if self._contraction is not None and self._contraction.network.version == network.version:
                hierarchy = self._contraction.customize(impedance)
                if self._opened[0] != network.version:  # another network came meanwhile
                    self._contraction = None
                    return
                kept = [*self._hierarchies.items()][-_HIERARCHIES + 1 :]
                self._hierarchies = {**dict(kept), id(impedance): (impedance, hierarchy)}
        finally:
            self._customizing.release()

    def _contract(self, network: Network) -> Contraction | None:
        """Make the hierarchy of a network, waiting for its order without holding anything; None without one."""
        version, path = self._opened
        if version != network.version or not network_orders.ensure_order(path):
            return None
        order = network_orders.read_order(path, network.node_count)
        return None if order is None else Contraction(network, order=order)

    def snapped(
        self,
        key: tuple[object, ...],
        network: Network,
        lonlat: NDArray[np.float64],
        profile: Profile,
        *,
        alive: object,
    ) -> SnappedPoints:
        """Snap points to a network, or find them snapped before under the same key; `alive` is kept along."""
        whole = (*key, network.version, profile.access)
        return self._snapped.get(whole, lambda: snap(network, lonlat, profile=profile), alive)


def _open_checked(row: dict[str, Any], path: Path) -> Network:
    network = load_network(path)
    if network.version != row["version"]:
        raise NetworkFileError(
            f"路网文件的版本不符，请重新导入道路。 The network file {path} holds version {network.version}, "
            f"not {row['version']}: load the roads again."
        )
    with contextlib.suppress(OSError):
        os.utime(path)  # when a network was last opened tells whether a file is an old one
    return network


def _closures(connection: Connection) -> tuple[Closure, ...]:
    rows = connection.execute(
        "SELECT id, ST_AsBinary(geom) AS wkb, starts_at, ends_at FROM closure WHERE geom IS NOT NULL ORDER BY id"
    ).fetchall()
    return tuple(
        Closure(r["id"], shapely.from_wkb(bytes(r["wkb"])), r["starts_at"], r["ends_at"]) for r in rows
    )
