"""Declare what an enterprise states each year (企业年度情况): staff, turnover, safety organisation (row L4)."""

from layers.colors import SLATE
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Register
from layers.standards.enterprise_size import size_industries
from layers.verification import state_field, verifying_moves
from layers.workflow import Party, Workflow

LAYER = Layer(
    id="enterprise_year",
    words=Words("企业年度情况", "Yearly statement"),
    group=Words("监管对象", "Supervised"),
    code_words=Words("申报编号", "Statement number"),
    code_example="EY0001",
    name_words=Words("申报名称", "Statement"),
    name_example="2026 年度情况",
    icon="maki:industry",
    color=SLATE,
    symbol_field="state",
    order=17,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "year", FieldType.INTEGER, Words("年度", "Year"), required=True, minimum=2000, maximum=2100, aliases=("年份",),
            example="2026",
        ),
        Field(
            "size_industry", FieldType.CHOICE, Words("划型行业", "Industry for the size"), required=True,
            choices=tuple(Choice(i.id, i.words) for i in size_industries()), example="工业",
        ),
        Field(
            "employee_count", FieldType.INTEGER, Words("从业人员", "Employees"), required=True, minimum=0, maximum=2_000_000,
            unit="人", aliases=("从业人数", "员工人数"), example="120",
        ),
        Field(
            "revenue_10k_cny", FieldType.NUMBER, Words("营业收入", "Revenue"), minimum=0, maximum=1e9, unit="万元",
            example="6800",
        ),
        Field(
            "assets_10k_cny", FieldType.NUMBER, Words("资产总额", "Total assets"), minimum=0, maximum=1e9, unit="万元",
            example="9200", in_list=False,
        ),
        Field(
            "is_high_hazard", FieldType.BOOLEAN, Words("高危或人员密集单位", "High hazard or crowded"), in_list=False,
            aliases=("高危行业",), example="是",
        ),
        Field(
            "full_time_managers", FieldType.INTEGER, Words("专职安全管理人员", "Full-time safety managers"), required=True,
            minimum=0, maximum=100_000, unit="人", example="2",
        ),
        Field(
            "part_time_managers", FieldType.INTEGER, Words("兼职安全管理人员", "Part-time safety managers"), minimum=0,
            maximum=100_000, unit="人", in_list=False, example="1",
        ),
        Field(
            "has_department", FieldType.BOOLEAN, Words("设有安全管理机构", "Safety department"), required=True, example="是",
        ),
        Field(
            "standard_level", FieldType.CHOICE, Words("安全标准化等级", "Safety standardisation"), in_list=False,
            choices=(
                Choice("1", Words("一级", "Level 1")), Choice("2", Words("二级", "Level 2")),
                Choice("3", Words("三级", "Level 3")), Choice("none", Words("未评定", "Not assessed")),
            ),
            example="三级",
        ),
        state_field(),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("企业档案", "Enterprise file"),
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    owner_field="enterprise_code",
    code_prefix="EY",
    note=Words(
        "每年填一次。企业页按最近一年的数据划定大、中、小、微型，并核对安全管理机构和人员是否配齐。",
        "Stated once a year. The enterprise's page takes the newest to tell its size and whether it has the safety managers it needs.",
    ),
    workflow=Workflow(
        field="state",
        initial="draft",
        locked=frozenset({"submitted", "verified"}),
        moves=verifying_moves(),
    ),
    order=11,
)  # fmt: skip
