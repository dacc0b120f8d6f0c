"""Attacks on a real deployment, with honest visitors beside them.

Run them as ``python -m tests.load.attack`` (``make attack``). ``scenarios`` lists the attacks with
their bounds. Each attack runs in its own process (``attacker``), with the sockets of ``lines``.
``honest`` holds the visitors, ``meter`` measures the servers, and ``stage`` runs one scenario.
"""
