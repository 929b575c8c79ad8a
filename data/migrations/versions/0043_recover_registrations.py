"""Let applicants go on in another browser by a code to their mobile, and plant plans link to a panorama or a 3D model."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_KINDS = ("site", "fire", "evacuation", "process", "underground", "floor", "panorama", "model", "other")
_LINK = r"link_url ~ '^(https://[^\s/?#@\\]+([/?#]\S*)?|/([^\s/\\]\S*)?)$' AND length(link_url) <= 500"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "registration_recovery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("mobile", sa.Text(collation="C"), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guesses", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name="registration_recovery_expires_check"),
        sa.CheckConstraint("guesses BETWEEN 0 AND 5", name="registration_recovery_guesses_check"),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name="registration_recovery_registration_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="registration_recovery_pkey"),
    )
    op.create_index("registration_recovery_mobile_idx", "registration_recovery", ["mobile"])
    op.create_index("registration_recovery_of_idx", "registration_recovery", ["registration_id"])
    op.add_column("plant_plan", sa.Column("link_url", sa.Text(), nullable=True))
    op.create_check_constraint("plant_plan_link_check", "plant_plan", _LINK)
    op.drop_constraint("plant_plan_kind_check", "plant_plan")
    kinds = ", ".join(f"'{kind}'" for kind in _KINDS)
    op.create_check_constraint("plant_plan_kind_check", "plant_plan", f"kind IN ({kinds})")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON registration_recovery TO onemap_app")
