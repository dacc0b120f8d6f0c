"""Visitors: who a request or a connection is, and who asks not to be recorded."""
