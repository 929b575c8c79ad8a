"""Loading: files and frames into the store, checked row by row."""
