"""The REST API: current counts, history, and activities."""
