"""Hold the colours with a meaning, so that no screen invents its own.

Grades follow the four-colour scheme (红橙黄蓝); everything that is no grade takes a calm colour.
"""

from __future__ import annotations

GRADE_1 = "#e60012"
GRADE_2 = "#f39800"
GRADE_3 = "#e5c700"
GRADE_4 = "#0068b7"

TEAL = "#3f9a97"
CYAN = "#5fb8c8"
VIOLET = "#8a7fd0"
SLATE = "#7d8ea3"
GREEN = "#5c9e6b"
BROWN = "#a98467"
WHITE = "#e8eef4"
