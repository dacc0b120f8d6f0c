"""The start of a process: checks, error messages, limits, and the report that it is ready."""
