"""Choose sites for facilities, every answer with its bound: covering, median, centre, backup, expected and capacitated."""
