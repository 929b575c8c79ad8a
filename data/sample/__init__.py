"""The sample city: a plausible city on true district outlines, made from a seed."""
