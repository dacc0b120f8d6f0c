"""The admin's dashboard: ``readings`` is what it reads, ``charts`` is how that is drawn.

What is true right now is :mod:`landing.stats`'s to say, not this package's.
"""
