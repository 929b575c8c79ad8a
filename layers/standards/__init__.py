"""Rules and small tables of published standards, each with its edition and source."""
