"""The sessions of open connections: their users, many at once, and changes of a browser."""
