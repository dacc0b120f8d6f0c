"""Real servers, their clients, and this machine's programs, for the tests."""
