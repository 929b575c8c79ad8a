"""One declaration a file; each module exports LAYER."""
