"""The truth harness compares displayed counts with the truth on real servers and a real Redis.

Run it as ``python -m tests.load.truth`` (``make truth``). ``people`` defines the people, ``pages``
what they read, and ``client`` and ``audience`` hold their sockets. ``screens`` records the
displayed counts, and ``truth`` computes the true ones. ``place_reader`` and ``places`` do the same
for the people by place. ``scenarios`` stops and starts the servers of ``deployment``. ``report``
checks the bounds.
"""

#: Environment variables of ``broken``: the rule that is off, and whether to log departures.
BREAK, ANNOUNCE = "TRUTH_BREAK", "TRUTH_ANNOUNCE"
#: The rules that ``broken`` can turn off.
RULES = ("linger", "reap", "resync", "moves")
#: Prefix of the log line of a departure.
LEFT = "person_left"
#: Pages that people are on.
PAGES = 50
