"""Background jobs, one file a subject."""
