"""Estimate what a release of a dangerous substance does: sources, dispersion, explosion, fire and harm."""
