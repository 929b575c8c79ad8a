"""Fill a sample city with what maintenance companies keep: rescue information, safety managers, and the gaps they leave."""

import numpy as np
import pandas as pd

from data.sample.words import person_names, phones

__all__ = ["draw_companies", "draw_safety_managers", "with_gaps"]

#: Shares of elevators without a place type, without a house number, and of using units without a manager or a mobile.
_NO_PLACE_TYPE, _BAD_ADDRESS, _NO_MANAGER, _NO_MOBILE = 0.025, 0.012, 0.06, 0.03
#: One company in so many, and the smallest, has not told all of itself yet; the largest has.
_ONE_IN = 5


def with_gaps(elevators: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the register with some place types and house numbers left out, as real registers have them."""
    frame = elevators.copy()
    size = len(frame)
    frame.loc[rng.random(size) < _NO_PLACE_TYPE, "place_type"] = None
    cut = rng.random(size) < _BAD_ADDRESS
    frame.loc[cut, "address"] = frame.loc[cut, "address"].str.replace(r"[0-9A-Za-z]+号.*$", "", regex=True)
    return frame


def draw_companies(stations: pd.DataFrame, elevators: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the rescue information of every maintenance company; some have parts missing."""
    names = sorted({str(n) for n in stations["company_name"].dropna()})
    size = len(names)
    first = stations.drop_duplicates("company_name").set_index("company_name")
    count = elevators["maintainer_name"].value_counts().reindex(names, fill_value=0).to_numpy()
    rank = np.argsort(np.argsort(-count, kind="stable"), kind="stable")
    frame = pd.DataFrame({"company_name": names})
    frame["address"] = first["address"].reindex(names).to_numpy(dtype=object)
    frame["emergency_lead_name"] = person_names(rng, size)
    frame["emergency_lead_phone"] = phones(22_000_000, size)
    frame["duty_phone"] = phones(22_500_000, size)
    gap = (rank > 0) & ((rank == size - 1) | (rank % _ONE_IN == _ONE_IN - 1))
    frame.loc[gap, "duty_phone"] = None
    return frame


def draw_safety_managers(elevators: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return one safety manager for each company and using unit that has one; some have no mobile."""
    pairs = elevators[["maintainer_name", "unit_code"]].dropna().drop_duplicates().reset_index(drop=True)
    pairs["name"] = person_names(rng, len(pairs))
    mobile = phones(23_000_000, len(pairs))
    chance = rng.random(len(pairs))
    mobile[chance < _NO_MANAGER + _NO_MOBILE] = None
    pairs["mobile"] = mobile
    return pairs[chance >= _NO_MANAGER].reset_index(drop=True)
