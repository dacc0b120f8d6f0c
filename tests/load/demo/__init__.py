"""``make demo``: the page with a simulated audience.

The people are programs with real sockets, and the page labels them as programs. The demo has its
own server and database, so it affects no other deployment.
"""
