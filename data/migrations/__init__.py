"""Linear migrations of the store; one head."""
