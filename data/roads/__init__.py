"""Read roads from OpenStreetMap, line layers and tables, and keep the finished network in one file."""
