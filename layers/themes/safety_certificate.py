"""Declare the certificates of the people who answer for safety (安全人员持证), with the alarms before they end (row L4)."""

from layers.colors import SLATE, VIOLET
from layers.declaration import Choice, Field, FieldType, Layer, Words
from layers.file_rules import certificate_faults
from layers.register import Alarm, FileKind, Register, RowRules
from layers.verification import state_field, verifying_moves
from layers.workflow import Move, Party, Workflow

LAYER = Layer(
    id="safety_certificate",
    words=Words("安全人员证书", "Certificate of a person"),
    group=Words("监管对象", "Supervised"),
    code_words=Words("登记编号", "Number"),
    code_example="SC0000001",
    name_words=Words("证书名称", "Certificate"),
    name_example="安全管理人员考核合格证",
    icon="maki:police",
    color=SLATE,
    symbol_field="state",
    order=29,
    fields=(
        Field(
            "enterprise_code", FieldType.TEXT, Words("所属企业", "Enterprise"), required=True, max_length=40,
            references="enterprise", aliases=("企业信用代码", "统一社会信用代码"), example="",
        ),
        Field(
            "kind", FieldType.CHOICE, Words("人员类别", "Kind"), required=True,
            choices=(
                Choice("principal", Words("主要负责人", "Principal")),
                Choice("manager", Words("安全生产管理人员", "Safety manager")),
                Choice("engineer", Words("注册安全工程师", "Certified safety engineer")),
                Choice("special_work", Words("特种作业人员", "Special operations")),
                Choice("special_equipment", Words("特种设备作业人员", "Special equipment")),
                Choice("first_aid", Words("救护、消防人员", "First aid and fire-fighting")),
            ),
            aliases=("类别",), example="安全生产管理人员",
        ),
        Field("person_name", FieldType.TEXT, Words("姓名", "Person"), required=True, max_length=60, is_sensitive=True, example="张三"),
        Field("post", FieldType.TEXT, Words("岗位", "Post"), max_length=60, example="安全部"),
        Field("is_full_time", FieldType.BOOLEAN, Words("专职", "Full-time"), in_list=False, example="是"),
        Field("work", FieldType.TEXT, Words("作业类别", "Work"), max_length=60, example="熔化焊接与热切割"),
        Field("certificate_number", FieldType.TEXT, Words("证书号", "Certificate number"), required=True, max_length=60, is_sensitive=True, in_list=False, example="T440301199001010010"),
        Field("issuer", FieldType.TEXT, Words("发证机关", "Issued by"), max_length=100, in_list=False, example="示例省应急管理厅"),
        Field("issued_on", FieldType.DATE, Words("发证日期", "Issued on"), in_list=False, example="2024-03-01"),
        Field("review_on", FieldType.DATE, Words("复审日期", "Review on"), example="2027-03-01"),
        Field("expires_on", FieldType.DATE, Words("有效期至", "Valid until"), required=True, aliases=("到期日期", "有效期"), example="2030-02-28"),
        state_field(Choice("left", Words("已离岗", "Left the post"), VIOLET)),
    ),
)  # fmt: skip

REGISTER = Register(
    LAYER,
    group=Words("企业档案", "Enterprise file"),
    kept_by=frozenset({Party.OWNER, Party.AUTHORITY}),
    owner_field="enterprise_code",
    code_prefix="SC",
    note=Words(
        "主要负责人、安全管理人员、注册安全工程师和特种作业人员的证书；复审和到期前 60 天提醒，过期未换再次预警。",
        "Certificates of principals, safety managers, safety engineers and people at special operations; a warning comes 60 days before a review or the end, "
        "and another when it has passed.",
    ),
    rules=RowRules(faults=certificate_faults),
    files=(FileKind("certificate", Words("证书照片", "Picture of the certificate")),),
    workflow=Workflow(
        field="state",
        initial="draft",
        locked=frozenset({"submitted", "verified", "left"}),
        closed=frozenset({"left"}),
        moves=(
            *verifying_moves(),
            Move("renew", Words("换证或复审", "Renew or review"), ("verified",), "draft", frozenset({Party.OWNER, Party.AUTHORITY})),
            Move("leave", Words("离岗", "Left the post"), ("verified", "returned", "draft"), "left", needs_note=True),
        ),
    ),
    alarms=(
        Alarm("expires_on", Words("人员证书到期", "A person's certificate ends"), days_before=60),
        Alarm("review_on", Words("人员证书应复审", "A person's certificate is to be reviewed"), days_before=60),
    ),
    order=15,
)  # fmt: skip
