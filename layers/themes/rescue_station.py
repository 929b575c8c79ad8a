"""Declare elevator rescue stations (救援站) with their scopes (rows S2, S10)."""

from collections.abc import Sequence

from layers.colors import WHITE
from layers.declaration import Field, FieldType, Layer, Words

_MOST_DISTRICTS = 3
_DISTRICT_DIGITS = 6

LAYER = Layer(
    id="rescue_station",
    words=Words("电梯救援站", "Elevator rescue station"),
    group=Words("电梯救援", "Elevator rescue"),
    code_words=Words("救援站编码", "Station code"),
    code_example="RS0001",
    name_words=Words("救援站名称", "Station name"),
    name_aliases=("救援站", "救援组", "救援组名称"),
    name_example="示例一站",
    icon="own:rescue-station",
    color=WHITE,
    raw_min_zoom=11,
    is_public=True,
    default_on=True,
    order=21,
    fields=(
        Field(
            "company_name", FieldType.TEXT, Words("维保单位", "Maintenance company"), required=True, is_searchable=True,
            aliases=("所属单位", "维保单位名称"), example="示例电梯维保公司",
        ),
        Field("lead_name", FieldType.TEXT, Words("负责人", "Lead"), max_length=60, is_sensitive=True, example="李四"),
        Field(
            "lead_phone", FieldType.PHONE, Words("负责人手机（24 小时）", "Lead's mobile (24 h)"), is_sensitive=True,
            aliases=("负责人电话", "联系电话", "负责人手机"), example="13800000000",
        ),
        Field(
            "scope_codes", FieldType.CODE_LIST, Words("负责范围", "Scope"), is_division=True,
            aliases=("服务范围",), example="440304,440303", in_list=False,
        ),
        Field(
            "scope_note", FieldType.TEXT, Words("负责范围说明", "Scope in words"), aliases=("范围说明", "区域街道"),
            example="莲花街道和香蜜湖街道北环以南", in_list=False,
        ),
        Field(
            "is_networked", FieldType.BOOLEAN, Words("联网救援站", "Networked station"),
            aliases=("是否公共救援站", "网格救援站"), example="是",
        ),
        Field(
            "crew_count", FieldType.INTEGER, Words("救援班组数", "Crews"), minimum=0, maximum=1000, unit="组",
            aliases=("班组数",), example="2",
        ),
        Field("on_duty", FieldType.BOOLEAN, Words("在岗", "On duty"), aliases=("是否在岗", "值班"), example="是"),
    ),
)  # fmt: skip


def scope_fault(codes: Sequence[str], note: str = "") -> Words | None:
    """
    Say what is wrong with a station's scope (负责范围).

    Parameters
    ----------
    codes : sequence of str
        Significant digits of division codes: six for a district, nine or twelve for streets and below.
    note : str
        The part of a district in words.

    Returns
    -------
    Words or None
        None when it is one to three districts, streets of one district, or one district with words.

    Notes
    -----
    The platform's manual, part 2: a part of one district in words, one district, or two or three districts.

    Examples
    --------
    >>> scope_fault(["440304", "440303"]) is None, scope_fault(["440304001", "440304002"]) is None
    (True, True)
    >>> scope_fault(["440304001", "440303001"]).en
    'Streets of a scope lie in one district'
    """
    if not codes:
        return Words("请选择负责范围", "Choose the scope")
    if len(set(codes)) != len(codes):
        return Words("负责范围有重复", "The scope names a division twice")
    if any(len(code) < _DISTRICT_DIGITS for code in codes):
        return Words("负责范围应为区或街道", "A scope is made of districts or of streets")
    districts = [code for code in codes if len(code) == _DISTRICT_DIGITS]
    if not districts:
        one = len({code[:_DISTRICT_DIGITS] for code in codes}) == 1
        return (
            None if one else Words("负责范围中的街道应在同一个区", "Streets of a scope lie in one district")
        )
    if len(districts) != len(codes):
        return Words(
            "负责范围或为区，或为街道，不能混选", "A scope is made of districts or of streets, not of both"
        )
    if len(districts) > _MOST_DISTRICTS:
        return Words("负责范围最多三个区", "A scope has three districts at most")
    if note and len(districts) > 1:
        return Words(
            "填写了范围说明时只能选一个区", "With a part of a district in words, one district is chosen"
        )
    return None
