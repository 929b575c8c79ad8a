"""Compile CQL2 (text or JSON) into a SQL condition with every value bound."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import cql2

from data.errors import FilterError
from layers.declaration import Field, FieldType, Layer

Binds = dict[str, Any]

_COMPARE = {"=": "=", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_SPATIAL = {
    "s_intersects": "ST_Intersects",
    "s_within": "ST_Within",
    "s_contains": "ST_Contains",
    "s_disjoint": "ST_Disjoint",
    "s_touches": "ST_Touches",
    "s_crosses": "ST_Crosses",
    "s_overlaps": "ST_Overlaps",
    "s_equals": "ST_Equals",
}
_TEMPORAL = {"t_after": ">", "t_before": "<", "t_equals": "=", "t_during": "", "t_intersects": ""}
_MAX_DEPTH = 40
_MAX_LENGTH = 20_000


def parse(text: str) -> Any:
    """Parse CQL2 text, or CQL2 JSON where it begins with a brace; the syntax tree as plain lists and dictionaries.

    Raises
    ------
    FilterError
        When it cannot be read, with the place.
    """
    if len(text) > _MAX_LENGTH:
        raise FilterError(
            f"过滤条件太长（超过 {_MAX_LENGTH} 个字符）。 The filter is longer than {_MAX_LENGTH} characters."
        )
    try:
        parsed = cql2.parse_json(text) if text.lstrip().startswith("{") else cql2.parse_text(text)
        return parsed.to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError, RecursionError) as error:
        raise FilterError(f"过滤条件不是有效的 CQL2： This filter is no CQL2: {error}") from error


class Compiler:
    """Compile the syntax trees of one layer; collects the values to bind in `binds`."""

    def __init__(
        self, layer: Layer, *, alias: str = "t", see_sensitive: bool = False, prefix: str = "cql"
    ) -> None:
        self.binds: Binds = {}
        self._prefix = prefix
        self._layer = layer
        self._alias = alias
        self._fields = {f.name: f for f in layer.all_fields if see_sensitive or not f.is_sensitive}

    def condition(self, tree: Any, depth: int = 0) -> str:
        """Compile a tree that must be a condition.

        Raises
        ------
        FilterError
            When a property, operator or value does not fit the layer.
        """
        if depth > _MAX_DEPTH:
            raise FilterError("过滤条件嵌套太深。 The filter is nested too deeply.")
        if isinstance(tree, bool):
            return "true" if tree else "false"
        if isinstance(tree, dict) and "property" in tree:
            name, f = self._property(tree)
            if f is None or f.type is not FieldType.BOOLEAN:
                raise FilterError(
                    f"{tree['property']} 不是是/否字段。 {tree['property']} is no yes-or-no field."
                )
            return name
        if not isinstance(tree, dict) or "op" not in tree:
            raise FilterError(
                f"这里应是条件： A condition was expected, not {json.dumps(tree, ensure_ascii=False)[:80]}"
            )
        operator, arguments = str(tree["op"]).lower(), tree.get("args", [])
        if operator in ("and", "or"):
            return "(" + f" {operator.upper()} ".join(self.condition(a, depth + 1) for a in arguments) + ")"
        if operator == "not":
            return f"(NOT {self.condition(arguments[0], depth + 1)})"
        return self._predicate(operator, arguments)

    # -- predicates ---------------------------------------------------------------------------------

    def _predicate(self, operator: str, arguments: list[Any]) -> str:
        if operator in _COMPARE:
            return self._compare(operator, arguments)
        if operator in _SPATIAL:
            return self._spatial(operator, arguments)
        if operator in _TEMPORAL:
            return self._temporal(operator, arguments)
        special: dict[str, Callable[[list[Any]], str]] = {
            "like": self._like,
            "between": self._between,
            "in": self._in,
            "isnull": self._is_null,
            "a_contains": lambda a: self._array("@>", a),
            "a_containedby": lambda a: self._array("<@", a),
            "a_overlaps": lambda a: self._array("&&", a),
            "a_equals": lambda a: self._array("=", a),
        }
        if operator not in special:
            known = sorted([*_COMPARE, *_SPATIAL, *_TEMPORAL, *special, "and", "or", "not"])
            raise FilterError(
                f"不支持运算 {operator}。 Operator {operator} is not supported; known: {', '.join(known)}"
            )
        return special[operator](arguments)

    def _compare(self, operator: str, arguments: list[Any]) -> str:
        left, right = arguments
        if not _is_property(left) and _is_property(right):
            flipped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)
            return self._compare(flipped, [right, left])
        name, f = self._operand(left)
        if _is_property(right):
            other, _ = self._operand(right)
            return f"({name} {_COMPARE[operator]} {other})"
        return f"({name} {_COMPARE[operator]} {self._literal(right, f)})"

    def _like(self, arguments: list[Any]) -> str:
        name, f = self._operand(arguments[0])
        if f is not None and f.type not in (FieldType.TEXT, FieldType.PHONE, FieldType.CHOICE):
            raise FilterError(f"LIKE 只用于文本字段，{f.name} 不是。 LIKE is for text; {f.name} is none.")
        return f"({name} LIKE {self._literal(arguments[1], None)})"

    def _between(self, arguments: list[Any]) -> str:
        name, f = self._operand(arguments[0])
        return f"({name} BETWEEN {self._literal(arguments[1], f)} AND {self._literal(arguments[2], f)})"

    def _in(self, arguments: list[Any]) -> str:
        name, f = self._operand(arguments[0])
        values = arguments[1]
        if not isinstance(values, list) or not values:
            raise FilterError("IN 后面需要至少一个值。 IN needs at least one value.")
        return f"({name} IN ({', '.join(self._literal(v, f) for v in values)}))"

    def _is_null(self, arguments: list[Any]) -> str:
        if _is_property(arguments[0]) and arguments[0]["property"] in ("geom", "geometry"):
            return f"({self._alias}.geom IS NULL)"
        return f"({self._operand(arguments[0])[0]} IS NULL)"

    def _array(self, operator: str, arguments: list[Any]) -> str:
        name, f = self._operand(arguments[0])
        if f is None or f.type is not FieldType.CODE_LIST:
            raise FilterError("数组运算只用于列表字段。 Array operators are for list fields.")
        values = arguments[1] if isinstance(arguments[1], list) else [arguments[1]]
        return f"({name} {operator} {self._bind([str(v) for v in values])}::text[])"

    def _spatial(self, operator: str, arguments: list[Any]) -> str:
        left, right = arguments
        if _is_property(right) and not _is_property(left):
            swapped = {"s_within": "s_contains", "s_contains": "s_within"}.get(operator, operator)
            return self._spatial(swapped, [right, left])
        if not _is_property(left) or left["property"] not in ("geom", "geometry"):
            raise FilterError("空间条件的一边应是 geom。 One side of a spatial condition must be geom.")
        shape = self._geometry(right)
        column = f"{self._alias}.geom"
        index = (
            "" if operator == "s_disjoint" else f"{self._alias}.geom_m && ST_Transform({shape}, 3857) AND "
        )
        return f"({index}{_SPATIAL[operator]}({column}, {shape}))"

    def _temporal(self, operator: str, arguments: list[Any]) -> str:
        name, f = self._operand(arguments[0])
        if f is None or f.type not in (FieldType.DATE, FieldType.INSTANT):
            raise FilterError(
                "时间条件的左边应是日期或时间字段。 A temporal condition needs a date or time field on its left."
            )
        value = arguments[1]
        if isinstance(value, dict) and "interval" in value:
            start, end = value["interval"]
            parts = []
            strict = operator == "t_during"
            if start != "..":
                parts.append(f"{name} {'>' if strict else '>='} {self._literal(_instant(start), f)}")
            if end != "..":
                parts.append(f"{name} {'<' if strict else '<='} {self._literal(_instant(end), f)}")
            if operator in ("t_after", "t_before", "t_equals"):
                raise FilterError(f"{operator} 需要一个时刻。 {operator} takes one instant, not an interval.")
            return "(" + (" AND ".join(parts) or "true") + ")"
        return f"({name} {_TEMPORAL[operator] or '='} {self._literal(value, f)})"

    # -- operands -----------------------------------------------------------------------------------

    def _operand(self, tree: Any) -> tuple[str, Field | None]:
        if isinstance(tree, dict) and str(tree.get("op", "")).lower() in ("casei", "accenti"):
            inner, _ = self._operand(tree["args"][0])
            return f"lower({inner})", None
        if _is_property(tree):
            return self._property(tree)
        return self._literal(tree, None), None

    def _property(self, tree: dict[str, Any]) -> tuple[str, Field | None]:
        name = str(tree["property"])
        if name == "id":
            return f"{self._alias}.id", Field("id", FieldType.INTEGER, self._layer.words)
        f = self._fields.get(name)
        if f is None:
            known = ", ".join(["id", *self._fields, "geom"])
            raise FilterError(
                f"图层 {self._layer.id} 没有可查询的字段 {name}。 No queryable {name}; known: {known}"
            )
        return f"{self._alias}.{f.name}", f

    def _literal(self, value: Any, f: Field | None) -> str:
        if isinstance(value, dict) and str(value.get("op", "")).lower() in ("casei", "accenti"):
            return f"lower({self._literal(value['args'][0], None)})"
        if isinstance(value, dict) and ("timestamp" in value or "date" in value):
            return self._bind(value.get("timestamp") or value.get("date")) + "::timestamptz"
        if isinstance(value, dict | list):
            raise FilterError(
                f"这里应是一个值： A value was expected, not {json.dumps(value, ensure_ascii=False)[:80]}"
            )
        if f is None:
            return self._bind(value if isinstance(value, str) else str(value)) + "::text"
        return self._typed(value, f)

    def _typed(self, value: Any, f: Field) -> str:
        wrong = FilterError(
            f"字段 {f.name} 不能与 {value!r} 比较。 {f.name} cannot be compared with {value!r}."
        )
        if f.type in (FieldType.INTEGER, FieldType.NUMBER):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise wrong
            return self._bind(float(value)) + "::float8"
        if f.type is FieldType.BOOLEAN:
            if not isinstance(value, bool):
                raise wrong
            return self._bind(value)
        if f.type in (FieldType.DATE, FieldType.INSTANT):
            if not isinstance(value, str):
                raise wrong
            return self._bind(value) + "::timestamptz"
        if not isinstance(value, str):
            raise wrong
        return self._bind(value) + "::text"

    def _geometry(self, value: Any) -> str:
        if isinstance(value, dict) and "bbox" in value:
            box = value["bbox"]
            corners = box if len(box) == 4 else [box[0], box[1], box[3], box[4]]
            names = ", ".join(self._bind(float(c)) + "::float8" for c in corners)
            return f"ST_MakeEnvelope({names}, 4326)"
        if not isinstance(value, dict) or "type" not in value:
            raise FilterError("空间条件需要一个几何。 A spatial condition needs a geometry.")
        return f"ST_SetSRID(ST_GeomFromGeoJSON({self._bind(json.dumps(value))}::text), 4326)"

    def _bind(self, value: Any) -> str:
        if isinstance(value, str) and "\x00" in value:
            raise FilterError("文本不能含空字符。 Text must not contain a null character.")
        name = f"{self._prefix}{len(self.binds)}"
        self.binds[name] = value
        return f"%({name})s"


def _is_property(tree: Any) -> bool:
    return isinstance(tree, dict) and (
        "property" in tree or str(tree.get("op", "")).lower() in ("casei", "accenti")
    )


def _instant(value: Any) -> Any:
    if isinstance(value, str):
        return {"timestamp": value}
    return value
