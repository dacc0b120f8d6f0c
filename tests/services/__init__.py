"""Real servers, and the programs of this machine, for the tests."""
