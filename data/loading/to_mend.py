"""Keep the list of rows whose position a person should look at, beside the layers they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from data.scope import Connection
from layers.declaration import Layer


class MendReason(StrEnum):
    """Why a row is on the list."""

    NO_POSITION = "no_position"
    GUESSED_POSITION = "guessed_position"
    OUTSIDE_DIVISION = "outside_division"
    OUTSIDE_CITY = "outside_city"
    IN_WATER = "in_water"


@dataclass(frozen=True, slots=True)
class Mend:
    """One row to look at.

    Attributes
    ----------
    code : natural key of the row in its layer
    reason : MendReason
    detail : what was found, Chinese first
    confidence : of a guessed position, 0 to 1, or None
    """

    code: str
    reason: MendReason
    detail: str
    confidence: float | None = None


def replace(connection: Connection, layer: Layer, loaded: Iterable[str], mends: Iterable[Mend]) -> int:
    """Put the rows just loaded on the list, or take them off it; the number now listed of them."""
    connection.execute("CREATE TEMP TABLE loaded_code (code text) ON COMMIT DROP")
    with connection.cursor() as cursor, cursor.copy("COPY loaded_code FROM STDIN") as copy:
        for code in loaded:
            copy.write_row([code])
    connection.execute(
        "DELETE FROM to_mend m USING loaded_code l WHERE m.layer = %s AND m.code = l.code", [layer.id]
    )
    connection.execute("DROP TABLE loaded_code")
    connection.execute(
        "CREATE TEMP TABLE incoming_mend (code text, reason text, detail text, confidence real) ON COMMIT DROP"
    )
    with connection.cursor() as cursor, cursor.copy("COPY incoming_mend FROM STDIN") as copy:
        for mend in mends:
            copy.write_row([mend.code, mend.reason.value, mend.detail[:500], mend.confidence])
    done = connection.execute(
        f"""
        INSERT INTO to_mend (layer, code, name, address, reason, detail, confidence, division_code, authority_code,
                             owner_id, is_public)
        SELECT %s, t.code, t.name, t.address, m.reason, m.detail, m.confidence, t.division_code, t.authority_code,
               t.owner_id, false
        FROM incoming_mend m JOIN {layer.id} t ON t.code = m.code
        WHERE m.reason NOT IN ('no_position', 'guessed_position') OR t.position_quality IN ('none', 'guess')
        ON CONFLICT (layer, code, reason) DO NOTHING
        """.encode(),
        [layer.id],
    )
    connection.execute("DROP TABLE incoming_mend")
    return done.rowcount
