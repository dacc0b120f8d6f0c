"""How requests get through the middleware: what Django's own would do slowly.

Owns no behaviour that anybody could see.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_only_middleware

View = Callable[[HttpRequest], HttpResponseBase]


@sync_only_middleware
def in_one_thread(get_response: View) -> View:
    """The innermost: has all middleware around it run in one go, in the request's thread.

    Django's own middleware is synchronous. Under ASGI, each that could be asynchronous goes
    to a thread and back twice per request, which is most of what a small answer costs; where
    the innermost cannot, none of them does. ``docs/performance.md`` has the figures.
    """

    def pass_on(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    return pass_on
