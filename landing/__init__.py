"""Live user counter: the people online now, and the visitors active recently."""
