"""Say when the declared scope of a rescue station counts as uncovered, and the limit that a city may set (row L10)."""

from __future__ import annotations

from layers.declaration import Field, FieldType, Words
from layers.register import Watch

#: A station on duty that cannot reach elevators of its declared scope in time.
LATE = "station_scope_late"
#: Elevators where no station on duty has declared its scope.
UNDECLARED = "station_scope_none"
WORDS = {
    LATE: Words("救援站负责范围内有电梯到不了时限", "A station cannot reach its scope in time"),
    UNDECLARED: Words("没有在岗救援站负责此区域", "No station on duty declares this area"),
}
#: Warned of from this share on; at 0 a single elevator is enough.
SHARE = Field(
    "late_percent", FieldType.NUMBER, Words("到不了时限的电梯占比", "Share of elevators out of reach"),
    minimum=0, maximum=100, unit="%",
)  # fmt: skip
WATCH = Watch(
    "scope_late", WORDS[LATE], (("late_percent", ">=", 0.0),), level="3", limit_of="late_percent", limit_between=(0.0, 100.0),
)  # fmt: skip
#: The hour of the week at which stations are held against their scope: Tuesday, 8 to 9 in the morning.
HOUR_OF_WEEK = 32
