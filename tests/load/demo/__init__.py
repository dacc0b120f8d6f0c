"""``make demo``: the page with an audience, so that one sees it alive.

Everything in it is a demo and says so: the people are programs with real sockets, on a
server and a database of their own, and nothing of it reaches another deployment.
"""
