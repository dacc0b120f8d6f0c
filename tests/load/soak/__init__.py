"""The soak: churn on several workers for a long time, and the growth of their resources.

Run it as ``python -m tests.load.soak`` (``make soak``). ``visitors`` and ``slow`` hold the clients,
and ``stage`` lets them come and go. ``meter`` samples the processes and the stores, ``trend``
decides whether a series levels off, and ``judge`` knows the bound of each figure. ``leaking`` is a
site with leaks, which the tests must find.
"""

#: Environment variable of ``leaking``: some of :data:`LEAKS`, separated by commas.
LEAK = "SOAK_LEAK"
#: The kinds of leaks.
LEAKS = ("memory", "files", "tasks", "threads", "keys")
