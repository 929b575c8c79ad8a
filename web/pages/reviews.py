"""Show authorities the queue of registrations and one registration beside the map (L2)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from layers.standards.supervised_industry import INDUSTRY_CLASSES
from web.api.reviews import review_scope
from web.menu import MenuEntry

blueprint = Blueprint("reviews_page", __name__)
MENU = MenuEntry("/reviews", "注册审核", "Reviews", order=35, roles=frozenset({"administrator", "regulator"}))


@blueprint.get("/reviews")
def index() -> Any:
    """Show the queue."""
    review_scope()
    return render_template("reviews.html")


@blueprint.get("/reviews/<int:number>")
def one(number: int) -> Any:
    """Show one registration: declared beside what the map says."""
    review_scope()
    return render_template("review.html", number=number, industries=INDUSTRY_CLASSES)


@blueprint.get("/reviews/changes")
def changes() -> Any:
    """Show the enterprises' requests to be changed."""
    review_scope()
    return render_template("review_changes.html")


@blueprint.get("/reviews/changes/<int:number>")
def change(number: int) -> Any:
    """Show one request: what stands beside what is asked."""
    review_scope()
    return render_template("review_change.html", number=number)


@blueprint.get("/enterprises/import")
def import_page() -> Any:
    """Show the import of enterprises by Excel."""
    review_scope()
    return render_template("enterprise_import.html")
