"""Name the accounts of the sample city."""

from __future__ import annotations

from dataclasses import dataclass

from data.scope import Connection

#: One password for every sample account: it protects sample data only.
SAMPLE_PASSWORD = "onemap-demo-2026"  # noqa: S105 - printed on purpose


@dataclass(frozen=True)
class SampleUser:
    """One sample account and what it shows."""

    username: str
    display_name: str
    role: str
    shows: str


def sample_users(connection: Connection) -> list[SampleUser]:
    """List the sample accounts."""
    shows = {
        "admin": "全部，含管理 everything, and administration",
        "city": "全市 the whole city",
        "district": "一个区 one district",
        "street": "一个街道 one street",
        "dispatcher": "全市调度 dispatch for the city",
        "enterprise": "本企业及公共资源 its own rows and public resources",
        "maintainer": "本公司电梯和站点 its own elevators and stations",
        "wall": "只读大屏 read-only wall",
    }
    rows = connection.execute("SELECT username, display_name, role FROM app_user ORDER BY id").fetchall()
    return [
        SampleUser(r["username"], r["display_name"], r["role"], shows[r["username"]])
        for r in rows
        if r["username"] in shows
    ]
