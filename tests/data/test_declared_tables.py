"""Tables of declared registers: what is missing is made, nothing is dropped, and what cannot be brought up is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import database as databases
from data import declared_tables
from data.errors import DatabaseVersionError, DeclarationDriftError

Owner = psycopg.Connection[Any]


@pytest.fixture
def owner(empty_database: databases.Database) -> Iterator[Owner]:
    with psycopg.connect(empty_database.owner, row_factory=dict_row) as opened:
        yield opened
        opened.rollback()


def test_a_database_that_is_up_to_date_is_left_alone(owner: Owner) -> None:
    assert declared_tables.pending(owner) == []
    assert declared_tables.bring_up(owner) == []


def test_a_table_that_is_missing_is_made_with_its_policy_and_totals(owner: Owner) -> None:
    owner.execute("DROP TABLE fire_facility CASCADE")
    owner.execute("DROP TABLE fire_facility_inspection")
    assert "fire_facility" in declared_tables.pending(owner)
    assert set(declared_tables.bring_up(owner)) == {"fire_facility", "fire_facility_inspection"}
    row = owner.execute(
        "SELECT relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policies WHERE tablename = relname) AS policies,"
        " (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers"
        " FROM pg_class c WHERE relname = 'fire_facility'"
    ).fetchone()
    assert row == {"relrowsecurity": True, "relforcerowsecurity": True, "policies": 4, "triggers": 6}
    assert declared_tables.pending(owner) == []


def test_a_new_field_gets_its_column_and_its_check(owner: Owner) -> None:
    owner.execute("ALTER TABLE fire_facility DROP COLUMN quantity")
    assert declared_tables.pending(owner) == ["fire_facility.quantity"]
    assert "fire_facility.quantity" in declared_tables.bring_up(owner)
    check = owner.execute(
        "SELECT pg_get_constraintdef(oid) AS words FROM pg_constraint WHERE conname = 'fire_facility_quantity_check'"
    ).fetchone()
    assert check is not None
    assert "quantity >= 1" in check["words"]


def test_more_choices_widen_the_check(owner: Owner) -> None:
    owner.execute("ALTER TABLE fire_facility DROP CONSTRAINT fire_facility_kind_check")
    owner.execute(
        "ALTER TABLE fire_facility ADD CONSTRAINT fire_facility_kind_check CHECK (kind IN ('hydrant'))"
    )
    assert declared_tables.bring_up(owner) == ["fire_facility_kind_check"]
    assert declared_tables.bring_up(owner) == []


def test_another_type_is_refused_and_nothing_is_changed(owner: Owner) -> None:
    owner.execute("ALTER TABLE fire_facility ALTER COLUMN installed_on TYPE text USING installed_on::text")
    owner.execute("ALTER TABLE fire_facility DROP COLUMN quantity")
    with pytest.raises(DeclarationDriftError, match="installed_on"), owner.transaction():
        declared_tables.bring_up(owner)
    assert declared_tables.pending(owner) == ["fire_facility.quantity"]


def test_a_column_without_a_field_stays(owner: Owner) -> None:
    owner.execute("ALTER TABLE fire_facility ADD COLUMN of_old text")
    assert declared_tables.bring_up(owner) == []
    owner.execute("SELECT of_old FROM fire_facility")


def test_a_program_with_more_registers_asks_for_init(
    make_database: Callable[[str], databases.Database],
) -> None:
    database = make_database("behind")
    with psycopg.connect(database.owner) as connection:
        connection.execute("DROP TABLE fire_facility_inspection")
    with pytest.raises(DatabaseVersionError, match="fire_facility_inspection"):
        databases.check_revision(database)
    databases.migrate(database)
    databases.check_revision(database)
