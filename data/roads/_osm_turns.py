"""Read the turn restrictions of OpenStreetMap: what they say, when, and which edges they mean."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.roads._osm_hours import hours_of_week
from geo.road_class import Direction
from geo.road_edges import RoadEdges, TurnRestriction

_KEYS = ("restriction:motorcar", "restriction:motor_vehicle", "restriction")
_CLAUSE = re.compile(r"\s*([a-z_]+)\s*@\s*(\([^)]*\)|[^;]*)\s*(?:;|$)")
_DAY_WORDS = {
    day: day[:2] for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
}
#: How far a turn may lie from what its sign says, degrees to the left of straight on: lowest and highest.
_ANGLES_DEG = {
    "left_turn": ((10, 175),),
    "right_turn": ((-175, -10),),
    "straight_on": ((-60, 60),),
    "u_turn": ((120, 180), (-180, -120)),
}
_MOST_DRIVES = 64
PASSES = "turn restriction on a road that passes its node"
SEVERAL = "turn restriction over a way that can be driven in several ways"


@dataclass(frozen=True)
class Turn:
    """
    A restriction as it stands in the file.

    Attributes
    ----------
    via_node : the node turned at, or None
    via_ways : the ways driven between, in order, where it leads over ways
    sign : what the tag says, such as no_left_turn
    hours : hours of the week at which it holds, or None: always
    """

    from_way: int
    via_node: int | None
    via_ways: tuple[int, ...]
    to_way: int
    sign: str
    hours: frozenset[int] | None

    @property
    def is_only(self) -> bool:
        """Say whether it demands the turn."""
        return self.sign.startswith("only_")


def turns_of(
    members: Sequence[tuple[str, str, int]], tags: Mapping[str, str], remarks: Counter[str]
) -> list[Turn]:
    """Read a relation's members (role, type, id) and tags; several from or to ways are several restrictions."""
    rules = rules_of(tags, remarks)
    if not rules:
        return []
    starts = [ref for role, kind, ref in members if role == "from" and kind == "w"]
    stops = [ref for role, kind, ref in members if role == "to" and kind == "w"]
    vias = [(kind, ref) for role, kind, ref in members if role == "via"]
    if not starts or not stops or not vias:
        remarks["turn restriction without from, via or to"] += 1
        return []
    is_node = len(vias) == 1 and vias[0][0] == "n"
    if not is_node and any(kind != "w" for kind, _ in vias):
        remarks["turn restriction over nodes and ways at once"] += 1
        return []
    node = vias[0][1] if is_node else None
    ways = () if is_node else tuple(ref for _, ref in vias)
    return [
        Turn(start, node, ways, stop, sign, hours)
        for sign, hours in rules
        for start in starts
        for stop in stops
    ]


def rules_of(tags: Mapping[str, str], remarks: Counter[str]) -> list[tuple[str, frozenset[int] | None]]:
    """Give what binds cars: signs with the hours of the week they hold at, None for always."""
    if {"motorcar", "motor_vehicle"} & set(re.split(r"[;,]\s*", tags.get("except", ""))):
        return []
    rules: list[tuple[str, frozenset[int] | None]] = []
    sign = next((tags[key] for key in _KEYS if key in tags), None)
    if sign is not None and not sign.startswith(("no_", "only_")):
        remarks[f"unknown restriction={sign[:20]}"] += 1
        sign = None
    hours = _old_hours(tags)
    clauses = next((tags[f"{key}:conditional"] for key in _KEYS if f"{key}:conditional" in tags), None)
    for other, text in _CLAUSE.findall(clauses or ""):
        found = hours_of_week(text.strip("() "))
        if found is None or not (other in ("none", "no") or other.startswith(("no_", "only_"))):
            remarks["turn restriction at certain times that cannot be read: left out"] += 1
        elif other in ("none", "no"):
            hours = (frozenset(range(168)) if hours is None else hours) - found
        elif found:
            rules.append((other, found))
    if clauses is not None and not _CLAUSE.search(clauses):
        remarks["turn restriction at certain times that cannot be read: left out"] += 1
    if sign is not None and (hours is None or hours):
        rules.append((sign, hours))
    return rules


def _old_hours(tags: Mapping[str, str]) -> frozenset[int] | None:
    """Read the older tags hour_on, hour_off, day_on and day_off; None when there are none or they cannot be read."""
    if not {"hour_on", "day_on"} & set(tags):
        return None
    days = f"{_DAY_WORDS.get(tags.get('day_on', ''), 'Mo')}-{_DAY_WORDS.get(tags.get('day_off', ''), 'Su')}"
    return hours_of_week(f"{days} {tags.get('hour_on', '00:00')}-{tags.get('hour_off', '24:00')}")


@dataclass(frozen=True, order=True)
class _Drive:
    """What a restriction may mean: edges in order, the node at which the first is left, and that at which the last is entered."""

    edges: tuple[int, ...]
    left_at: int
    entered_at: int


def restrictions_of(
    edges: RoadEdges, turns: Sequence[Turn], remarks: Counter[str]
) -> tuple[TurnRestriction, ...]:
    """
    Find the edges each restriction means, in the directions that are open.

    Where a road passes the junction, both its halves touch it: the half is meant whose turn fits the sign (a left turn goes
    left). A U-turn on one way is barred on each half. Where several fit, or none, the restriction is counted, not kept.
    """
    roads = _Roads(edges, turns)
    found: list[TurnRestriction] = []
    for turn in turns:
        drives = roads.over_node(turn) if turn.via_node is not None else roads.over_ways(turn)
        meant = drives
        if (
            len(drives) > 1
            and turn.sign == "no_u_turn"
            and turn.from_way == turn.to_way
            and not turn.via_ways
        ):
            meant = [drive for drive in drives if drive.edges[0] == drive.edges[-1]]
        elif len(drives) > 1:
            meant = [drive for drive in drives if roads.fits(drive, turn.sign)][:2]
            meant = meant if len(meant) == 1 else []
        if not drives:
            remarks["turn restriction whose roads do not meet"] += 1
        elif not meant:
            remarks[SEVERAL if turn.via_ways else PASSES] += 1
        found += [
            TurnRestriction(d.edges[0], d.left_at, d.edges[-1], turn.is_only, d.edges[1:-1], turn.hours)
            for d in meant
        ]
    return tuple(found)


class _Roads:
    """The edges of the ways that restrictions name, and where they lead."""

    def __init__(self, edges: RoadEdges, turns: Sequence[Turn]) -> None:
        self._edges = edges
        concerned = sorted({way for t in turns for way in (t.from_way, *t.via_ways, t.to_way)})
        self._of_way: dict[int, list[int]] = {}
        for edge in np.flatnonzero(np.isin(edges.source_id, np.array(concerned, dtype=np.int64))).tolist():
            self._of_way.setdefault(int(edges.source_id[edge]), []).append(edge)

    def over_node(self, turn: Turn) -> list[_Drive]:
        """List the pairs of edges that meet at the node."""
        node = turn.via_node
        return [
            _Drive((first, last), end, end)
            for first, _, end in self._legs(turn.from_way)
            if end == node
            for last, begin, _ in self._legs(turn.to_way)
            if begin == node
        ]

    def over_ways(self, turn: Turn) -> list[_Drive]:
        """List what can be driven from the first way along each via way, in order, into the last; no node is passed twice."""
        found: set[_Drive] = set()
        # edges driven, via ways begun, nodes passed, node reached
        open_: list[tuple[tuple[int, ...], int, tuple[int, ...]]] = [
            ((first,), 0, (begin, end)) for first, begin, end in self._legs(turn.from_way)
        ]
        while open_ and len(found) <= _MOST_DRIVES:
            driven, begun, nodes = open_.pop()
            if begun == len(turn.via_ways):
                found |= {
                    _Drive((*driven, last), nodes[1], nodes[-1])
                    for last, begin, _ in self._legs(turn.to_way)
                    if begin == nodes[-1] and last not in driven[1:]
                }
            for way in range(max(begun - 1, 0), min(begun + 1, len(turn.via_ways))):
                open_ += [
                    ((*driven, edge), way + 1, (*nodes, end))
                    for edge, begin, end in self._legs(turn.via_ways[way])
                    if begin == nodes[-1] and end not in nodes and edge not in driven
                ]
        return sorted(found)

    def fits(self, drive: _Drive, sign: str) -> bool:
        """Say whether a drive turns as its sign says, from the heading it comes with to that it goes on with."""
        comes = self._heading_deg(drive.edges[0], drive.left_at, leaving=False)
        goes = self._heading_deg(drive.edges[-1], drive.entered_at, leaving=True)
        turn_deg = (comes - goes + 180) % 360 - 180  # to the left above 0
        limits = _ANGLES_DEG.get(sign.partition("_")[2], ())
        return any(low <= turn_deg <= high for low, high in limits)

    def _legs(self, way: int) -> Iterator[tuple[int, int, int]]:
        """Give the edges of a way with start and end, once for each open direction."""
        for edge in self._of_way.get(way, []):
            start, stop = int(self._edges.from_node_id[edge]), int(self._edges.to_node_id[edge])
            if self._edges.direction[edge] != Direction.BACKWARD:
                yield edge, start, stop
            if self._edges.direction[edge] != Direction.FORWARD:
                yield edge, stop, start

    def _heading_deg(self, edge: int, node: int, *, leaving: bool) -> float:
        """Heading of an edge at one of its ends, clockwise from north, as driven away from the node or towards it."""
        first, stop = self._edges.shape_first[edge : edge + 2]
        shape = self._edges.shape_lonlat[first:stop]
        near, next_ = (
            (shape[0], shape[1]) if self._edges.from_node_id[edge] == node else (shape[-1], shape[-2])
        )
        east, north = (next_ - near) * (math.cos(math.radians(near[1])), 1.0) * (1 if leaving else -1)
        return math.degrees(math.atan2(east, north))
