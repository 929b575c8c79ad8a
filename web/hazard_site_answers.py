"""Say how a unit was identified and graded, every number with the row of the standard it comes from."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from data.hazard_exposure import Exposed
from data.hazard_sites import Inventory
from layers.standards.gb18218 import Edition, Entry, all_entries
from layers.standards.major_hazard import Assessment

_PLACES = 300


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def shown_entry(entry: Entry, language: str) -> dict[str, Any]:
    """Give one row of the standard."""
    return {
        "table": entry.table,
        "key": entry.key,
        "name": entry.words.in_language(language),
        "aliases": list(entry.aliases),
        "cas": list(entry.cas),
        "critical_quantity_t": float(entry.critical_t),
        "beta": float(entry.beta),
        "beta_source": entry.beta_source.in_language(language),
        "beta_symbol": entry.beta_symbol,
        "notes": [note.in_language(language) for note in entry.notes],
    }


def classes(edition: Edition, language: str) -> list[dict[str, Any]]:
    """Give the classes of Table 2."""
    return [shown_entry(e, language) for e in all_entries(edition) if e.table == 2]


def shown_inventory(inventory: Inventory, language: str) -> dict[str, Any]:
    """Give what was filled in."""
    return {
        "standard": inventory.edition.value,
        "people_declared": inventory.people_declared,
        "plant_radius_m": inventory.plant_radius_m,
        "lines": [
            {
                "entry": shown_entry(line.entry, language),
                "quantity_t": float(line.quantity_t),
                "vessel": line.vessel,
                "beta_symbol": line.beta_symbol,
            }
            for line in inventory.lines
        ],
    }


def shown_assessment(
    found: Assessment, source: str, exposed: Exposed, inventory: Inventory, language: str
) -> dict[str, Any]:
    """Give Σq/Q, α, R and grade with their terms."""
    declared = inventory.people_declared
    return {
        "terms": [
            {
                "entry": shown_entry(term.holding.entry, language),
                "quantity_t": float(term.holding.quantity_t),
                "ratio": float(term.ratio),
                "beta": float(term.beta),
                "beta_source": term.beta_source.in_language(language),
                "weighted": float(term.beta * term.ratio),
            }
            for term in found.terms
        ],
        "ratio_sum": float(found.ratio_sum),
        "is_major": found.is_major,
        "alpha": float(found.alpha),
        "people": found.people,
        "people_from": source,
        "people_counted": exposed.people if exposed.is_known else None,
        "people_declared": declared,
        "people_differ": exposed.is_known and declared is not None and declared != exposed.people,
        "within_m": exposed.within_m,
        "counted_from": exposed.counted_from,
        "places": [
            {**place, "distance_m": round(place["distance_m"], 1)} for place in exposed.places[:_PLACES]
        ],
        "place_count": len(exposed.places),
        "r": _number(found.r),
        "grade": found.grade,
    }


def shown_boundary(boundary: dict[str, Any] | None) -> dict[str, Any] | None:
    """Give the boundary of a site's plant, with the other sites that are counted from it."""
    if boundary is None:
        return None
    outside_m = boundary["outside_m"]
    return {
        **{name: boundary[name] for name in ("code", "name", "basis", "geometry", "shared_with")},
        "area_m2": round(boundary["area_m2"], 1),
        "outside_m": None if outside_m is None else round(outside_m, 1),
    }
