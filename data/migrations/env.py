"""Run migrations as the owner, each in its own transaction, under lock and statement timeouts."""

import psycopg
from alembic import context
from sqlalchemy import create_engine, pool, text

from data.tables import METADATA

# Tables that PostGIS and the job queue bring along.
_FOREIGN = ("spatial_ref_sys",)
_LOCK = 7_205_511


def include_object(item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:  # noqa: FBT001
    """Leave out what is not ours."""
    del item
    if kind == "table" and name is not None:
        return name not in _FOREIGN and not name.startswith("procrastinate_")
    return True


def run() -> None:
    """Upgrade the database named by the configuration."""
    dsn = context.config.attributes["dsn"]
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SET statement_timeout = '600s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            include_object=include_object,
            transaction_per_migration=True,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
