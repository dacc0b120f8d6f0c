"""Single HTTP requests to servers of the tests, with a new connection and no cookies each."""

from __future__ import annotations

import ssl
from functools import partial

import httpx

# The servers speak plain HTTP. Without a shared context, each request would load all certificate
# authorities, which takes longer than the request.
_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

request = partial(httpx.request, verify=_context, timeout=60)
get = partial(httpx.get, verify=_context, timeout=60)
head = partial(httpx.head, verify=_context, timeout=60)
post = partial(httpx.post, verify=_context, timeout=60)
