"""The metrics of a server process for Prometheus: their text, who may read it, and where."""
