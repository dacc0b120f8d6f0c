"""Random and mutated input on a real Daphne, beside honest visitors.

Run it as ``python -m tests.load.fuzz`` (``make fuzz``). ``frames`` and ``requests`` make the input,
the same for the same seed. ``sender`` sends it from its own process, and ``stage`` checks the
server.
"""
