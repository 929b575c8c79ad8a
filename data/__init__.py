"""The PostGIS store: tables, rights, loading, the sample city and tile queries."""
