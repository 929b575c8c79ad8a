"""Declare enterprises (企业) under work-safety supervision (rows L1, L4, L29)."""

from layers.colors import GRADE_1, GRADE_2, GRADE_3, GRADE_4, SLATE
from layers.declaration import Choice, Field, FieldType, Layer, Words

INDUSTRIES = (
    Choice("hazardous_chemicals", Words("危险化学品", "Hazardous chemicals")),
    Choice("non_coal_mine", Words("非煤矿山", "Non-coal mine")),
    Choice("metallurgy", Words("冶金", "Metallurgy")),
    Choice("nonferrous", Words("有色", "Non-ferrous metals")),
    Choice("building_materials", Words("建材", "Building materials")),
    Choice("machinery", Words("机械", "Machinery")),
    Choice("light_industry", Words("轻工", "Light industry")),
    Choice("textile", Words("纺织", "Textile")),
    Choice("tobacco", Words("烟草", "Tobacco")),
    Choice("commerce", Words("商贸", "Commerce")),
    Choice("construction", Words("建筑施工", "Construction")),
    Choice("transport", Words("交通运输", "Transport")),
    Choice("town_gas", Words("城镇燃气", "Town gas")),
    Choice("catering", Words("住宿餐饮", "Hotels and catering")),
    Choice("education", Words("教育", "Education")),
    Choice("healthcare", Words("医疗养老", "Health and care")),
    Choice("general", Words("一般行业", "General")),
)

LAYER = Layer(
    id="enterprise",
    words=Words("企业", "Enterprise"),
    group=Words("监管对象", "Supervised"),
    code_words=Words("统一社会信用代码", "Unified social credit code"),
    code_pattern=r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}",
    code_pattern_words=Words(
        "18 位统一社会信用代码（不含字母 I O Z S V）", "18 characters of GB 32100, without I, O, Z, S, V"
    ),
    code_aliases=("信用代码", "社会信用代码"),
    code_example="91440300MA5EXAMP0X",
    name_words=Words("企业名称", "Enterprise name"),
    name_aliases=("企业", "单位名称", "公司名称"),
    name_example="示例化工有限公司",
    icon="maki:industry",
    color=SLATE,
    symbol_field="risk_grade",
    order=10,
    fields=(
        Field(
            "industry", FieldType.CHOICE, Words("行业", "Industry"), required=True, choices=INDUSTRIES,
            aliases=("行业类别", "所属行业"), example="危险化学品",
        ),
        Field(
            "risk_grade", FieldType.CHOICE, Words("企业风险等级", "Enterprise risk grade"),
            choices=(
                Choice("A", Words("A 级（低）", "A (low)"), GRADE_4),
                Choice("B", Words("B 级", "B"), GRADE_3),
                Choice("C", Words("C 级", "C"), GRADE_2),
                Choice("D", Words("D 级（高）", "D (high)"), GRADE_1),
            ),
            aliases=("风险等级",), example="B",
        ),
        Field(
            "employee_count", FieldType.INTEGER, Words("从业人数", "Employees"), minimum=0, maximum=2_000_000,
            unit="人", aliases=("从业人员", "员工人数"), example="120",
        ),
        Field("contact_name", FieldType.TEXT, Words("联系人", "Contact"), max_length=60, is_sensitive=True, example="张三"),
        Field(
            "contact_phone", FieldType.PHONE, Words("联系电话", "Contact phone"), is_sensitive=True,
            aliases=("电话", "手机", "联系方式"), example="13800000000",
        ),
    ),
)  # fmt: skip
