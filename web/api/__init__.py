"""JSON, tile and OGC routes, one file a subject; each module exports blueprint."""
