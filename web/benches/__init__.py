"""Measurements of the speeds the product promises, beside peers in the same run."""
