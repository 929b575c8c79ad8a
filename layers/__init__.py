"""What can stand on the one map, as declarations. Pure."""
