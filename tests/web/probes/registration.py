"""Registration is open to strangers: its routes tell regions, names and positions of the public map, and one's own draft."""

from __future__ import annotations

from tests.web.probe import Probe

#: Tested in test_registration.py: nothing but names and states, drafts by the secret of their browser.
NO_ROWS = {
    "registration.style_document", "registration.regions", "registration.authorities", "registration.find_places",
    "registration.position", "registration.credit_code", "registration.read_draft", "registration.result",
    "registration_page.page", "registration_page.result", "password_reset_page.page", "app_sign_in.qr",
    "sign_in.by_app", "sign_in.by_code",
}  # fmt: skip
PROBES: list[Probe] = []
