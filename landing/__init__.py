"""Live user counter: the people here now, and the visitors in the last 15 minutes."""
