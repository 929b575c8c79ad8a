"""Commands of the start script, one file a verb; each module exports command."""
