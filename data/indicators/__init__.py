"""Indicators: one definition per figure, one file a subject; each module exports INDICATORS."""
