"""Say how much of a route has to be walked to make the patrol, and the limit that a city may set (rows L10, L14)."""

from __future__ import annotations

from layers.declaration import Field, FieldType, Words
from layers.register import Watch

OWED = "patrol_owed"
OWED_WORDS = Words("巡查到期未完成", "A patrol is overdue")
#: A walk that covers less, of the route's length or of its stops, does not end what is owed.
SHARE = Field(
    "walked_percent", FieldType.NUMBER, Words("一次巡查至少走到路线的", "Least share of a route that makes a patrol"),
    minimum=1, maximum=100, unit="%",
)  # fmt: skip
WATCH = Watch(
    "walked", OWED_WORDS, (("walked_percent", "<", 80.0),), level="4", limit_of="walked_percent", limit_between=(1.0, 100.0),
)  # fmt: skip


def is_made(alias: str) -> str:
    """Write the condition that a track (`route_m`, `missed_m`, `stop_count`, `missed_stop_count`) makes the patrol; it binds ``least``, in percent."""
    line = f"{alias}.route_m * %(least)s <= 100 * ({alias}.route_m - {alias}.missed_m) + 1e-6"
    stops = f"{alias}.stop_count * %(least)s <= 100 * ({alias}.stop_count - {alias}.missed_stop_count)"
    return f"({line} AND {stops})"
