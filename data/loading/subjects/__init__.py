"""One module for each kind of thing that can be loaded; each gives NAMES (name → words) and run."""
