"""Describe a layer of the one map: its fields, geometry, symbols and words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from layers.errors import DeclarationError


class FieldType(Enum):
    """What a field holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    CHOICE = "choice"
    CODE_LIST = "code_list"
    PHONE = "phone"


class Geometry(Enum):
    """The geometry type of a layer's features, in the house's CRS."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


@dataclass(frozen=True)
class Words:
    """One text in both languages of the interface.

    Examples
    --------
    >>> Words("电梯", "Elevator").in_language("en")
    'Elevator'
    """

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Give the English text for ``en``, the Chinese one otherwise."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True)
class Choice:
    """One allowed value of a choice field, with its words and its symbol."""

    value: str
    words: Words
    color: str | None = None
    icon: str | None = None


@dataclass(frozen=True)
class Field:
    """One field of a layer.

    Parameters
    ----------
    name : str
        Column name; carries its unit (``area_m2``) where it has one.
    type : FieldType
    words : Words
        Label in both languages.
    required : bool
        A row without it is refused.
    choices : tuple of Choice
        Allowed values of a choice field.
    minimum, maximum : float or None
        Inclusive bounds of a number.
    pattern : str or None
        Regular expression the whole text must match.
    pattern_words : Words or None
        What the pattern asks for, in words.
    max_length : int
        Longest text, characters.
    unique : bool
        No two rows share a value.
    is_sensitive : bool
        Never in tiles or kiosk answers; masked in lists; shown and exported by right.
    is_searchable : bool
        Found by the search box.
    references : str or None
        Id of the layer whose ``code`` this field holds.
    code_list : str or None
        Table of codes that the administrator keeps, of which this field holds one.
    is_division : bool
        The field holds a code of the division table.
    aliases : tuple of str
        Further column headers by which files name it.
    unit : str or None
        Unit shown behind the value.
    example : str
        Value of the sample row in the Excel template.
    in_list : bool
        Shown as a column of lists.
    opens : str or None
        Page of authorities that the value opens, ``{value}`` in its place: the simulation behind a plan.
    """

    name: str
    type: FieldType
    words: Words
    required: bool = False
    choices: tuple[Choice, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    pattern_words: Words | None = None
    max_length: int = 200
    unique: bool = False
    is_sensitive: bool = False
    is_searchable: bool = False
    references: str | None = None
    code_list: str | None = None
    is_division: bool = False
    aliases: tuple[str, ...] = ()
    unit: str | None = None
    example: str = ""
    in_list: bool = True
    opens: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", self.name):
            raise DeclarationError(f"field name {self.name!r} must be lower-case letters, digits and _")
        if (self.type is FieldType.CHOICE) != bool(self.choices):
            raise DeclarationError(f"field {self.name}: choices belong to choice fields, and each needs some")

    def choice(self, value: str) -> Choice | None:
        """Find the choice of a stored value; None when it is not one of them."""
        return next((c for c in self.choices if c.value == value), None)


@dataclass(frozen=True)
class Subset:
    """Rows of a layer that people ask for by name, where one field's value does not tell: rectified in time.

    Parameters
    ----------
    id : str
    words : Words
    cql : str
        CQL2 text over the layer's fields.
    """

    id: str
    words: Words
    cql: str


@dataclass(frozen=True)
class Layer:
    """One layer: what its features are, how they look and who may see what of them.

    Parameters
    ----------
    id : str
        Table name, API collection id and tile source, for example ``rescue_station``.
    words : Words
        Title.
    group : Words
        Heading under which the layers panel lists it.
    fields : tuple of Field
        Own fields; the located ones (``code``, ``name``, ``division_code``, ``authority_code``,
        ``address``) come first by themselves.
    code_words : Words
        What ``code``, the natural key, is called here.
    geometry : Geometry
    icon : str
        ``maki:…``, ``temaki:…`` or ``own:…``.
    color : str
        ``#rrggbb`` of the symbol where no choice gives one.
    symbol_field : str or None
        Choice field that decides the symbol.
    raw_min_zoom : int
        From this zoom on tiles carry single features; below, aggregates.
    is_public : bool
        Every signed-in user sees all rows (rescue resources, shelters).
    shared_by : str or None
        Yes-or-no field of a public layer: a row that names its enterprise (``enterprise_code``) is public where the
        field says yes, and the enterprise's own otherwise.
    default_on : bool
        Visible when the map opens.
    name_words : Words
        What ``name`` is called here.
    code_pattern, code_pattern_words
        Form of the natural key.
    order : int
        Place among its group.
    subsets : tuple of Subset
        Rows that lists and figures ask for by name.
    counted_by : tuple of str
        Fields by which figures of a register find their rows among very many: each has an index.

    Raises
    ------
    DeclarationError
        When fields repeat, or ``symbol_field`` is not a choice field.
    """

    id: str
    words: Words
    group: Words
    fields: tuple[Field, ...]
    code_words: Words
    geometry: Geometry = Geometry.POINT
    icon: str = "maki:marker"
    color: str = "#4fa7a6"
    symbol_field: str | None = None
    raw_min_zoom: int = 13
    is_public: bool = False
    shared_by: str | None = None
    default_on: bool = False
    name_words: Words = Words("名称", "Name")
    name_example: str = ""
    code_pattern: str | None = None
    code_pattern_words: Words | None = None
    code_aliases: tuple[str, ...] = ()
    code_example: str = ""
    name_aliases: tuple[str, ...] = ()
    order: int = 50
    subsets: tuple[Subset, ...] = ()
    counted_by: tuple[str, ...] = ()
    located_fields: tuple[Field, ...] = field(init=False)

    def __post_init__(self) -> None:
        located = _located_fields(self)
        object.__setattr__(self, "located_fields", located)
        names = [f.name for f in self.all_fields]
        if len(set(names)) != len(names):
            raise DeclarationError(f"layer {self.id}: a field name repeats")
        if self.symbol_field is not None and self.field(self.symbol_field).type is not FieldType.CHOICE:
            raise DeclarationError(f"layer {self.id}: symbol_field {self.symbol_field} is not a choice field")
        for name in self.counted_by:
            self.field(name)
        if self.shared_by is not None and (
            not self.is_public
            or self.field(self.shared_by).type is not FieldType.BOOLEAN
            or self.field("enterprise_code").references != "enterprise"
        ):
            raise DeclarationError(f"layer {self.id}: {self.shared_by} cannot say which rows are public")

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Located fields first, then the layer's own."""
        return self.located_fields + self.fields

    def field(self, name: str) -> Field:
        """Find a field by name.

        Raises
        ------
        DeclarationError
            When the layer has none of that name.
        """
        for candidate in self.all_fields:
            if candidate.name == name:
                return candidate
        raise DeclarationError(f"layer {self.id} has no field {name!r}")


def _located_fields(layer: Layer) -> tuple[Field, ...]:
    return (
        Field(
            "code", FieldType.TEXT, layer.code_words, required=True, unique=True, max_length=40, is_searchable=True,
            pattern=layer.code_pattern, pattern_words=layer.code_pattern_words,
            aliases=("code", "编码", "编号", *layer.code_aliases), example=layer.code_example,
        ),
        Field(
            "name", FieldType.TEXT, layer.name_words, required=True, is_searchable=True,
            aliases=("name", "名称", *layer.name_aliases), example=layer.name_example,
        ),
        Field(
            "division_code", FieldType.TEXT, Words("所在区划", "Division"), is_division=True, max_length=12,
            aliases=("division", "行政区划代码", "区划代码", "所属区划", "所在区", "行政区"), example="440304",
        ),
        Field(
            "authority_code", FieldType.TEXT, Words("归属机构", "Supervising authority"), is_division=True, max_length=12,
            aliases=("authority", "归属机构代码", "监管机构", "主管机构"), example="440304", in_list=False,
        ),
        Field(
            "address", FieldType.TEXT, Words("地址", "Address"), is_searchable=True, max_length=300,
            aliases=("addr", "详细地址", "设备地址", "使用地点", "位置"), example="示例区示例街道示例路1号",
        ),
    )  # fmt: skip
