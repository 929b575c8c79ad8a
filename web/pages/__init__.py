"""Pages for people, one file a screen; each module exports blueprint."""
