"""Say in SQL which enterprises the sample fills first: the sample account's own, then others that have an account."""

from __future__ import annotations

#: Orders rows with `owner_id`.
OWN_FIRST = (
    "(owner_id = (SELECT unit_id FROM app_user WHERE role = 'enterprise' ORDER BY id LIMIT 1)) DESC NULLS LAST,"
    " (owner_id IN (SELECT unit_id FROM app_user WHERE role = 'enterprise')) DESC NULLS LAST"
)
