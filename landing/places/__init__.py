"""Places: the name of the page that a person is on, and its signed form for browsers."""
