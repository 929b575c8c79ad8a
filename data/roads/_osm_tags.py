"""Read the meaning of OpenStreetMap tags for driving: class, access, direction, speed."""

import re
from collections import Counter
from collections.abc import Mapping

from geo.road_class import Access, Direction, RoadClass

CLASSES = {
    "motorway": RoadClass.MOTORWAY,
    "trunk": RoadClass.TRUNK,
    "primary": RoadClass.PRIMARY,
    "secondary": RoadClass.SECONDARY,
    "tertiary": RoadClass.TERTIARY,
    "unclassified": RoadClass.UNCLASSIFIED,
    "road": RoadClass.UNCLASSIFIED,
    "residential": RoadClass.RESIDENTIAL,
    "living_street": RoadClass.LIVING_STREET,
    "service": RoadClass.SERVICE,
    "services": RoadClass.SERVICE,
    "rest_area": RoadClass.SERVICE,
    "busway": RoadClass.SERVICE,
    "pedestrian": RoadClass.LIVING_STREET,
    "motorway_link": RoadClass.MOTORWAY_LINK,
    "trunk_link": RoadClass.TRUNK_LINK,
    "primary_link": RoadClass.PRIMARY_LINK,
    "secondary_link": RoadClass.SECONDARY_LINK,
    "tertiary_link": RoadClass.TERTIARY_LINK,
    "track": RoadClass.TRACK,
}
_NOT_FOR_CARS = {"busway", "pedestrian"}
_CAR_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_YES = {
    "yes",
    "permissive",
    "designated",
    "destination",
    "customers",
    "delivery",
    "residents",
    "public",
    "official",
}
_PRIVATE = {
    "no",
    "private",
    "permit",
    "agricultural",
    "forestry",
    "military",
    "emergency",
    "psv",
    "bus",
    "use_sidepath",
}
_PASSABLE = {
    "gate",
    "lift_gate",
    "swing_gate",
    "sliding_gate",
    "sliding_beam",
    "hampshire_gate",
    "toll_booth",
    "border_control",
    "cattle_grid",
    "entrance",
    "kerb",
    "height_restrictor",
    "rope",
    "chain",
    "yes",
    "no",
    "spikes",
    "sally_port",
    "bump_gate",
}
_LIFTED_BY_CREWS = {"bollard", "cone", "planter", "wedge", "rising_bollard"}
_MPH = 1.609_344
_SPEED = re.compile(r"^(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph)?$")
_ONEWAY = {
    "yes": Direction.FORWARD,
    "1": Direction.FORWARD,
    "true": Direction.FORWARD,
    "-1": Direction.BACKWARD,
    "reverse": Direction.BACKWARD,
    "no": Direction.BOTH,
    "0": Direction.BOTH,
    "false": Direction.BOTH,
    "alternating": Direction.BOTH,
}


def road_class(tags: Mapping[str, str]) -> RoadClass | None:
    """Give the class of a way, None when it is no road for vehicles."""
    if tags.get("route") == "ferry" and "highway" not in tags:
        drives = any(tags.get(key) in _YES for key in ("motorcar", "motor_vehicle", "vehicle"))
        return RoadClass.FERRY if drives else None
    highway = tags.get("highway")
    if highway is None or tags.get("area") == "yes":
        return None
    return CLASSES.get(highway)


def access(tags: Mapping[str, str]) -> Access:
    """
    Give who may drive along a way.

    The most special of motorcar, motor_vehicle, vehicle and access decides for cars. Rescue vehicles may use every way but those with
    ``access=no`` or ``emergency=no``; ``emergency=yes`` opens those too.
    """
    value = next((tags[key] for key in _CAR_KEYS if key in tags), "yes")
    car = value not in _PRIVATE
    if tags.get("highway") in _NOT_FOR_CARS or tags.get("service") == "emergency_access":
        car = any(tags.get(key) in _YES for key in _CAR_KEYS[:2])
    emergency = tags.get("emergency")
    rescue = emergency in {"yes", "designated"} or (emergency != "no" and (car or tags.get("access") != "no"))
    return (Access.CAR if car else Access.NONE) | (Access.EMERGENCY if rescue else Access.NONE)


def barrier(tags: Mapping[str, str]) -> Access:
    """
    Give who passes a node: gates and booths let cars through unless their access says otherwise.

    Rescue vehicles also pass private gates and barriers that crews can lift. A node without a barrier lets everyone pass.
    """
    kind = tags.get("barrier")
    if kind is None:
        return Access.ALL
    value = next((tags[key] for key in _CAR_KEYS if key in tags), None)
    car = kind in _PASSABLE if value is None else value not in _PRIVATE
    rescue = car or kind in _PASSABLE or kind in _LIFTED_BY_CREWS or tags.get("emergency") == "yes"
    if tags.get("emergency") == "no":
        rescue = False
    return (Access.CAR if car else Access.NONE) | (Access.EMERGENCY if rescue else Access.NONE)


def direction(tags: Mapping[str, str], remarks: Counter[str]) -> Direction | None:
    """Give the directions a way is open in, None when it has no lasting one (reversible lanes)."""
    value = next(
        (
            tags[k]
            for k in ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
            if k in tags
        ),
        None,
    )
    if value is None:
        implied = tags.get("junction") in {"roundabout", "circular"} or tags.get("highway") == "motorway"
        return Direction.FORWARD if implied else Direction.BOTH
    if value == "reversible":
        remarks["reversible one-way road left out"] += 1
        return None
    if value not in _ONEWAY:
        remarks[f"unknown oneway={value[:20]} taken as both directions"] += 1
    return _ONEWAY.get(value, Direction.BOTH)


def max_speed_kmh(tags: Mapping[str, str], remarks: Counter[str]) -> tuple[float, float]:
    """Give the posted limit along and against a way, 0 where none is known."""
    both = _speed(tags.get("maxspeed"), remarks)
    forward = _speed(tags.get("maxspeed:forward"), remarks) or both
    backward = _speed(tags.get("maxspeed:backward"), remarks) or both
    return forward, backward


def _speed(text: str | None, remarks: Counter[str]) -> float:
    """Read one limit; of several the lowest counts."""
    if text is None:
        return 0.0
    speeds = []
    for part in re.split(r"[;|,]", text):
        match = _SPEED.match(part.strip())
        if match:
            speeds.append(float(match[1]) * (_MPH if match[2] == "mph" else 1))
    if not speeds:
        if text.strip() not in {"none", "signals", "variable", "walk", "unposted"} and ":" not in text:
            remarks["maxspeed that is no number"] += 1
        return 0.0
    speed = min(speeds)
    if not 1 <= speed <= 200:
        remarks["maxspeed outside 1 to 200 km/h"] += 1
        return 0.0
    return speed


def duration_s(tags: Mapping[str, str]) -> float | None:
    """Read a ferry's duration: minutes, h:mm, h:mm:ss, or ISO 8601 as PT1H20M; None when absent or unreadable."""
    text = tags.get("duration", "").strip()
    if match := re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", text):
        hours, minutes, secs = (int(v or 0) for v in match.groups())
        return hours * 3600 + minutes * 60 + secs or None
    if not re.fullmatch(r"\d+(:\d{1,2}){0,2}", text):
        return None
    numbers = [int(v) for v in text.split(":")]
    if len(numbers) == 1:
        return numbers[0] * 60 or None
    hours, minutes = numbers[0], numbers[1]
    return hours * 3600 + minutes * 60 + (numbers[2] if len(numbers) == 3 else 0) or None
