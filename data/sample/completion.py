"""Give a sample city that was made by an earlier version what it lacks: the rescue information of its companies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.loading.city import write_companies
from data.sample.maintenance import draw_companies, draw_safety_managers
from data.scope import Connection


def write_missing_companies(connection: Connection, *, seed: int) -> int:
    """Write rescue information and safety managers where no company has any; give the number of companies written."""
    row = connection.execute(
        "SELECT (SELECT code FROM division WHERE level = 'city') AS home,"
        " EXISTS (SELECT 1 FROM maintenance_company) OR EXISTS (SELECT 1 FROM safety_manager) AS has_some"
    ).fetchone()
    if row is None or row["home"] is None or row["has_some"]:
        return 0
    units = {
        str(r["name"]): int(r["id"])
        for r in connection.execute("SELECT id, name FROM unit WHERE kind = 'maintenance_company'")
    }
    stations = pd.DataFrame(
        connection.execute(
            "SELECT company_name, address FROM rescue_station WHERE company_name = ANY(%s) ORDER BY code",
            [list(units)],
        ).fetchall(),
        columns=["company_name", "address"],
    )
    elevators = pd.DataFrame(
        connection.execute(
            "SELECT maintainer_name, unit_code FROM elevator WHERE maintainer_name = ANY(%s) ORDER BY code",
            [list(units)],
        ).fetchall(),
        columns=["maintainer_name", "unit_code"],
    )
    rng = np.random.default_rng([seed, 78])
    companies = draw_companies(stations, elevators, rng)
    managers = draw_safety_managers(elevators, rng)
    write_companies(connection, companies, managers, home=str(row["home"]), units=units)
    return len(companies)
