"""Read the points of a layer under a scope as arrays, for questions that concern all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import tuple_row

from data.errors import FilterError
from data.scope import Connection, Scope
from layers.declaration import FieldType, Geometry, Layer, Words
from layers.display import mask
from layers.registry import all_layers

_KIND_FIELD = "kind"
_DUTY_FIELD = "on_duty"


@dataclass(frozen=True)
class Kind:
    """A kind of point that can be asked for: a whole layer, or one choice of its kind field.

    Attributes
    ----------
    name : str
        The layer's id, or the choice's value.
    layer : Layer
    words : Words
    is_part : bool
        True for one choice of a layer.
    """

    name: str
    layer: Layer
    words: Words
    is_part: bool


@dataclass(frozen=True, eq=False)
class LocatedPoints:
    """The points of a layer that a scope may see, ordered by id.

    Attributes
    ----------
    layer : Layer
    ids : ndarray of int64, shape (p,)
    lonlat : ndarray of float64, shape (p, 2)
        Degrees, EPSG:4326; NaN without a position.
    division_codes : ndarray of str, shape (p,)
    kinds : ndarray of str, shape (p,)
        Choice of the kind field; the layer's id where it has none.
    is_off_duty : ndarray of bool, shape (p,)
        True where the layer has duty and the point is off it.
    """

    layer: Layer
    ids: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    division_codes: NDArray[np.str_]
    kinds: NDArray[np.str_]
    is_off_duty: NDArray[np.bool_]

    def __len__(self) -> int:
        """Count the points."""
        return len(self.ids)

    def take(self, rows: NDArray[Any]) -> LocatedPoints:
        """Pick points by position or mask."""
        return LocatedPoints(
            self.layer, self.ids[rows], self.lonlat[rows], self.division_codes[rows], self.kinds[rows],
            self.is_off_duty[rows],
        )  # fmt: skip


def kinds() -> dict[str, Kind]:
    """List every kind of point by name: layers first, then the choices of their kind fields."""
    found: dict[str, Kind] = {}
    for layer in all_layers():
        if layer.geometry is Geometry.POINT:
            found[layer.id] = Kind(layer.id, layer, layer.words, is_part=False)
    for layer in all_layers():
        if layer.geometry is Geometry.POINT and layer.symbol_field == _KIND_FIELD:
            for choice in layer.field(_KIND_FIELD).choices:
                found.setdefault(choice.value, Kind(choice.value, layer, choice.words, is_part=True))
    return found


def kind_by_name(name: str) -> Kind:
    """Find a kind of point.

    Raises
    ------
    FilterError
        When there is none of that name; it lists those there are.
    """
    known = kinds()
    if name not in known:
        zh = "、".join(f"{k.name}（{k.words.zh}）" for k in known.values())
        raise FilterError(
            f"没有 {name[:40]!r} 这类对象，现有：{zh}。 There is no kind {name[:40]!r}; known: {', '.join(known)}."
        )
    return known[name]


def read_points(connection: Connection, layer: Layer) -> LocatedPoints:
    """Read every point of a layer that the connection's scope may see."""
    names = {f.name for f in layer.fields}
    kind = "t.kind" if _KIND_FIELD in names else f"'{layer.id}'"
    duty = "t.on_duty IS FALSE" if _DUTY_FIELD in names else "false"
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        rows = cursor.execute(
            f"SELECT t.id, ST_X(t.geom), ST_Y(t.geom), t.division_code, {kind}, {duty} FROM {layer.id} t ORDER BY t.id".encode()
        ).fetchall()
    if not rows:
        none = np.zeros(0, np.str_)
        return LocatedPoints(
            layer, np.zeros(0, np.int64), np.zeros((0, 2)), none, none, np.zeros(0, np.bool_)
        )
    ids, lon, lat, codes, values, is_off = zip(*rows, strict=True)
    return LocatedPoints(
        layer,
        np.array(ids, np.int64),
        np.column_stack([np.array(lon, np.float64), np.array(lat, np.float64)]),
        np.array(codes, np.str_),
        np.array(values, np.str_),
        np.array(is_off, np.bool_),
    )


def read_words(
    connection: Connection, layer: Layer, ids: Iterable[int], *, scope: Scope
) -> dict[int, dict[str, Any]]:
    """Read what people call some points: id → code, name, address and phone (masked without the right to see it)."""
    phone = next((f.name for f in layer.fields if f.type is FieldType.PHONE), None)
    column = f", t.{phone} AS phone" if phone else ", NULL::text AS phone"
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(
        f"SELECT t.id, t.code, t.name, t.address, t.division_code{column} FROM {layer.id} t WHERE t.id = ANY(%s)".encode(),
        [[int(i) for i in ids]],
    ):
        if row["phone"] and not scope.sees_sensitive:
            row["phone"] = mask(row["phone"])
        found[row["id"]] = dict(row)
    return found


def division_names(connection: Connection, codes: Iterable[str]) -> dict[str, str]:
    """Give the names of divisions by code."""
    return {
        row["code"]: row["name"]
        for row in connection.execute(
            "SELECT code, name FROM division WHERE code = ANY(%s)", [sorted(set(codes))]
        )
    }
