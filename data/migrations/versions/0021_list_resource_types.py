"""List the types of rescue resources, for administrators to keep."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

#: What a city begins with; administrators add to it and take from it.
_FIRST = {
    "rescue_team": (
        "综合应急救援队",
        "危险化学品救援队",
        "矿山救护队",
        "燃气抢险队",
        "电梯救援队",
        "社会应急力量",
    ),
    "hospital": ("三级医院", "二级医院", "急救站"),
    "government_office": ("应急管理", "市场监管", "生态环境", "街道办事处"),
    "supplies_depot": ("市级物资库", "区级物资库", "街道物资点", "企业物资库"),
    "expert": ("危险化学品专家", "矿山专家", "特种设备专家", "消防专家", "环境监测专家", "医疗救护专家"),
    "shelter": ("室内场所", "室外场地"),
    "fire_station": ("特勤站", "普通站", "小型站", "微型站"),
    "institution": ("派出所", "供水抢修", "供电抢修", "燃气抢修", "环境监测站"),
    "supplies": ("个人防护", "堵漏器材", "吸附与洗消", "灭火药剂", "防汛物资", "生活保障", "医疗急救"),
    "equipment": ("消防车辆", "工程机械", "侦检仪器", "通信照明", "破拆工具", "供排水设备"),
}


def upgrade() -> None:
    """Apply."""
    table = op.create_table(
        "resource_type",
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_offered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "length(code) BETWEEN 1 AND 40 AND code = btrim(code)", name="resource_type_code_check"
        ),
        sa.CheckConstraint("length(family) BETWEEN 1 AND 40", name="resource_type_family_check"),
        sa.PrimaryKeyConstraint("code", name="resource_type_pkey"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON resource_type TO onemap_app")
    rows = [
        {"code": name, "family": family, "position": 10 * place}
        for family, names in _FIRST.items()
        for place, name in enumerate(names, start=1)
    ]
    op.bulk_insert(table, rows)
