"""The package in projects of others: its wheel, its hosts, and the guide to its installation."""
