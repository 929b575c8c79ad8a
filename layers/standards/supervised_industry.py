"""Declare the work-safety industry classes (行业类别) of registration, each with its branches."""

from __future__ import annotations

from dataclasses import dataclass

from layers.declaration import Words


@dataclass(frozen=True)
class Branch:
    """One branch of an industry class.

    Attributes
    ----------
    value : str
    words : Words
    industry : str
        The choice of the enterprise layer's field ``industry`` that it counts as.
    """

    value: str
    words: Words
    industry: str


@dataclass(frozen=True)
class IndustryClass:
    """One industry class with its branches."""

    value: str
    words: Words
    branches: tuple[Branch, ...]


def _branch(value: str, zh: str, en: str, industry: str | None = None) -> Branch:
    return Branch(value, Words(zh, en), industry or value)


#: The classes of the registration manual: chemicals, mines, the eight branches of industry and trade, and what
#: other departments supervise (普通监管行业).
INDUSTRY_CLASSES = (
    IndustryClass(
        "hazardous_chemicals",
        Words("危险化学品", "Hazardous chemicals"),
        (
            _branch(
                "chemical_production", "危险化学品生产", "Production of chemicals", "hazardous_chemicals"
            ),
            _branch("chemical_trade", "危险化学品经营", "Trade in chemicals", "hazardous_chemicals"),
        ),
    ),
    IndustryClass(
        "non_coal_mine",
        Words("非煤矿山", "Non-coal mines"),
        (
            _branch("open_quarry", "小型露天采石场", "Small open quarry", "non_coal_mine"),
            _branch("open_mine", "金属非金属露天矿山", "Open-cast mine", "non_coal_mine"),
            _branch("underground_mine", "金属非金属地下矿山", "Underground mine", "non_coal_mine"),
        ),
    ),
    IndustryClass(
        "industry_and_trade",
        Words("工贸行业", "Industry and trade"),
        (
            _branch("metallurgy", "冶金", "Metallurgy"),
            _branch("nonferrous", "有色", "Non-ferrous metals"),
            _branch("building_materials", "建材", "Building materials"),
            _branch("machinery", "机械", "Machinery"),
            _branch("light_industry", "轻工", "Light industry"),
            _branch("textile", "纺织", "Textile"),
            _branch("tobacco", "烟草", "Tobacco"),
            _branch("commerce", "商贸", "Commerce"),
        ),
    ),
    IndustryClass(
        "general",
        Words("普通监管行业", "Supervised by other departments"),
        (
            _branch("road_transport", "道路运输", "Road transport", "transport"),
            _branch("water_transport", "水上运输", "Water transport", "transport"),
            _branch("construction", "建筑施工", "Construction"),
            _branch("town_gas", "城镇燃气", "Town gas"),
            _branch("explosives_production", "民爆生产", "Civil explosives, production", "general"),
            _branch("explosives_storage", "民爆储存使用", "Civil explosives, storage and use", "general"),
            _branch("power", "电力", "Electric power", "general"),
            _branch("telecommunication", "通讯", "Telecommunication", "general"),
            _branch("amusement_park", "大型游乐场所", "Large amusement site", "general"),
            _branch("tourist_site", "旅游景点", "Tourist site", "general"),
            _branch("public_entertainment", "公共娱乐场所", "Public entertainment", "general"),
            _branch("forestry", "林业", "Forestry", "general"),
            _branch("temple", "寺庙", "Temple", "general"),
            _branch("nursing_home", "养老院", "Nursing home", "healthcare"),
            _branch("other", "其他", "Other", "general"),
        ),
    ),
)

_BRANCHES = {(c.value, b.value): b for c in INDUSTRY_CLASSES for b in c.branches}


def find_branch(class_value: str, branch_value: str) -> Branch | None:
    """Find a branch of a class.

    Parameters
    ----------
    class_value, branch_value : str

    Returns
    -------
    Branch or None
        None when the class has no such branch.

    Examples
    --------
    >>> find_branch("general", "town_gas").industry
    'town_gas'
    >>> find_branch("non_coal_mine", "town_gas") is None
    True
    """
    return _BRANCHES.get((class_value, branch_value))


def branch_words(class_value: str, branch_value: str) -> Words:
    """Write a class and its branch, as ``工贸行业 · 机械``.

    Parameters
    ----------
    class_value, branch_value : str

    Returns
    -------
    Words
        The values themselves where they are unknown.

    Examples
    --------
    >>> branch_words("industry_and_trade", "machinery").zh
    '工贸行业 · 机械'
    """
    of = next((c for c in INDUSTRY_CLASSES if c.value == class_value), None)
    branch = find_branch(class_value, branch_value)
    if of is None or branch is None:
        return Words(f"{class_value} · {branch_value}", f"{class_value} · {branch_value}")
    return Words(f"{of.words.zh} · {branch.words.zh}", f"{of.words.en} · {branch.words.en}")
