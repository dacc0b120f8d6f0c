"""The dashboard for everybody who has a shared link: without a login, and read only.

The link ends with ``#`` and the secret. Browsers send no such part to a server, so no access log
has it. The page at the address reads the secret and posts it, and gets a cookie for this address.
"""
