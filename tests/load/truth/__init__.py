"""The truth harness: real servers, a real Redis, thousands of sockets, and who was really there.

Run as ``python -m tests.load.truth`` (``make truth``). One file, one job: ``people``
says who comes, ``client`` and ``audience`` hold their sockets, ``screens`` records
what was shown, ``truth`` what was true, ``scenarios`` what happens to the servers in
``deployment``, and ``report`` whether the bounds held.
"""

#: The environment variables of ``broken``: which rule is off; whether departures are logged.
BREAK, ANNOUNCE = "TRUTH_BREAK", "TRUTH_ANNOUNCE"
#: The rules that can be switched off.
RULES = ("linger", "reap", "resync")
#: What the log line of a departure begins with.
LEFT = "person_left"
