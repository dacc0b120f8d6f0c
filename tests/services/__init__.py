"""Real servers, clients that speak to them, and the programs of this machine, for the tests."""
