"""Declare the chemicals that enterprises keep (企业化学品), each beside its critical quantity of GB 18218 (row L4)."""

from layers.colors import BROWN, GREEN, SLATE, TEAL
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.file_rules import chemical_faults, derive_critical
from layers.register import FileKind, Register, RowRules, Watch
from layers.workflow import Party

_DERIVED = frozenset({"critical_t", "critical_ratio", "hazard_state"})

LAYER = Layer(
    id="chemical",
    words=Words("企业化学品", "Chemical"),
    group=Words("监管对象", "Supervised"),
    code_words=Words("化学品编号", "Chemical number"),
    code_example="CH0000001",
    name_words=Words("品名", "Chemical"),
    name_example="液氨",
    icon="own:hazard-site",
    color=SLATE,
    symbol_field="hazard_state",
    order=28,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field("cas", FieldType.TEXT, Words("CAS 号", "CAS number"), max_length=12, aliases=("CAS",), example="7664-41-7"),
        Field(
            "use", FieldType.CHOICE, Words("用途", "Use"), required=True,
            choices=(
                Choice("raw", Words("原料", "Raw material")), Choice("product", Words("产品", "Product")),
                Choice("between", Words("中间产品", "Intermediate")), Choice("auxiliary", Words("辅料", "Auxiliary")),
                Choice("fuel", Words("燃料", "Fuel")), Choice("refrigerant", Words("制冷剂", "Refrigerant")),
                Choice("stored", Words("储存经营", "Stored for trade")),
            ),
            example="制冷剂",
        ),
        Field(
            "control", FieldType.CHOICE, Words("管控类别", "Controlled as"),
            choices=(
                Choice("hazardous", Words("危险化学品", "Hazardous chemical")), Choice("very_toxic", Words("剧毒化学品", "Very toxic")),
                Choice("precursor", Words("易制毒化学品", "Drug precursor")), Choice("explosive", Words("易制爆化学品", "Explosives precursor")),
                Choice("special", Words("特别管控危险化学品", "Specially controlled")), Choice("none", Words("一般化学品", "Ordinary")),
            ),
            example="危险化学品",
        ),
        Field("site", FieldType.TEXT, Words("储存或使用场所", "Where"), max_length=100, example="氨机房"),
        Field("most_t", FieldType.NUMBER, Words("最大储存量", "Most kept"), required=True, minimum=0, maximum=10_000_000, unit="t", aliases=("最大量",), example="12"),
        Field("yearly_t", FieldType.NUMBER, Words("年用量或产量", "Used or made a year"), minimum=0, maximum=1e9, unit="t", in_list=False, example="80"),
        Field("critical_t", FieldType.NUMBER, Words("临界量（GB 18218-2018 表 1）", "Critical quantity (GB 18218-2018 table 1)"), minimum=0, unit="t", in_list=False),
        Field("critical_ratio", FieldType.NUMBER, Words("最大量与临界量之比", "Most kept by critical quantity"), minimum=0),
        Field(
            "hazard_code", FieldType.TEXT, Words("所属重大危险源", "Identified with"), max_length=40, references="hazard_site", in_list=False,
            example="",
        ),
        Field(
            "hazard_state", FieldType.CHOICE, Words("重大危险源辨识", "Identification"),
            choices=(
                Choice("unnamed", Words("表 1 未列名", "Not named in table 1"), SLATE),
                Choice("below", Words("低于临界量", "Below the critical quantity"), GREEN),
                Choice("due", Words("达到临界量，应辨识", "At or above it: to be identified"), BROWN),
                Choice("identified", Words("已随危险源辨识", "Identified with a major hazard"), TEAL),
            ),
            example="低于临界量",
        ),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("企业档案", "Enterprise file"),
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    owner_field="enterprise_code",
    code_prefix="CH",
    note=Words(
        "企业生产、使用、储存的化学品。按品名或 CAS 号查 GB 18218-2018 表 1 的临界量；单一化学品达到临界量而未辨识时预警，未列名的按表 2 类别在重大危险源中辨识。",
        "What the enterprise makes, uses or keeps. The critical quantity of GB 18218-2018 table 1 follows from the name or CAS number; one that reaches it and "
        "is not identified warns. What the table does not name is identified by its class of table 2, in the register of major hazards.",
    ),
    rules=RowRules(_DERIVED, faults=chemical_faults, derives=derive_critical, derived=_DERIVED, compares=("cas", "most_t", "hazard_code")),
    files=(FileKind("sds", Words("安全技术说明书（SDS）", "Safety data sheet")), FileKind("label", Words("安全标签", "Label"))),
    watches=(
        Watch("unidentified", Words("化学品达到临界量，未辨识重大危险源", "A chemical at its critical quantity is not identified"), (("hazard_state", "=", "due"),), level="3"),
    ),
    order=13,
)  # fmt: skip
