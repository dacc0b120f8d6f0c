"""The benchmarks of ``make bench``: our full stack and its rivals on the same core.

``servers`` starts the measured servers. ``crowd`` is the load client. Each module of
``scenarios`` compares one thing and returns rows. ``report`` judges and prints the rows.
"""
