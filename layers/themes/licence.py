"""Declare licences and permits (证照许可) with the alarms before they end (row L4)."""

from layers.colors import SLATE, VIOLET
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.register import Alarm, Register
from layers.verification import state_field, verifying_moves
from layers.workflow import Move, Party, Workflow

LAYER = Layer(
    id="licence",
    words=Words("证照许可", "Licence"),
    group=Words("监管对象", "Supervised"),
    code_words=Words("证照编号", "Licence number"),
    code_example="(粤)WH安许证字[2024]0001",
    name_words=Words("证照名称", "Licence name"),
    name_example="安全生产许可证",
    icon="maki:town-hall",
    color=SLATE,
    symbol_field="state",
    order=16,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("证照类别", "Kind"), required=True,
            choices=(
                Choice("safety_production", Words("安全生产许可证", "Work safety licence")),
                Choice("hazardous_chemicals", Words("危险化学品经营许可证", "Licence to trade hazardous chemicals")),
                Choice("hazardous_use", Words("危险化学品安全使用许可证", "Licence to use hazardous chemicals")),
                Choice("registration", Words("危险化学品登记证", "Registration of hazardous chemicals")),
                Choice("gas", Words("燃气经营许可证", "Licence to trade town gas")),
                Choice("pressure", Words("特种设备使用登记证", "Registration of special equipment")),
                Choice("business", Words("营业执照", "Business licence")),
                Choice("other", Words("其他", "Other")),
            ),
            aliases=("类别", "证件类型"), example="安全生产许可证",
        ),
        state_field(Choice("withdrawn", Words("已注销", "Withdrawn"), VIOLET)),
        Field("issuer", FieldType.TEXT, Words("发证机关", "Issued by"), max_length=100, example="示例市应急管理局"),
        Field("issued_on", FieldType.DATE, Words("发证日期", "Issued on"), example="2024-03-01"),
        Field(
            "expires_on", FieldType.DATE, Words("有效期至", "Valid until"), required=True,
            aliases=("到期日期", "有效期"), example="2027-02-28",
        ),
        Field("permitted_scope", FieldType.TEXT, Words("许可范围", "Permitted scope"), max_length=500, in_list=False),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("企业档案", "Enterprise file"),
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    owner_field="enterprise_code",
    note=Words(
        "企业的许可证与登记证；到期前 90 天提醒，到期未换证再次预警。",
        "Licences and registrations; a warning comes 90 days before one ends, and another when it has.",
    ),
    workflow=Workflow(
        field="state",
        initial="draft",
        locked=frozenset({"submitted", "verified", "withdrawn"}),
        closed=frozenset({"withdrawn"}),
        moves=(
            *verifying_moves(),
            Move("renew", Words("换证", "Renew"), ("verified",), "draft", frozenset({Party.OWNER, Party.AUTHORITY})),
            Move("withdraw", Words("注销", "Withdraw"), ("verified", "returned", "draft"), "withdrawn", needs_note=True),
        ),
    ),
    alarms=(Alarm("expires_on", Words("证照到期", "Licence ends"), days_before=90),),
    order=10,
)  # fmt: skip
