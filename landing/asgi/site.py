"""The site of this repository: :func:`.wrapping.wrap` around Django, and what only a site does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels.routing import ProtocolTypeRouter

from .. import conf
from ..checks.deployment import warn_of_short_backlog
from ..live.middleware.origins import refuse
from ..live.middleware.request_ids import RequestIds
from ..live.middleware.root_path import ROUTES, RootPath
from ..live.transport import daphne
from .wrapping import wrap


def application(http: Any, on_start: Callable[[], None]) -> Any:
    """Return the site; see :func:`landing.asgi.application`."""
    daphne.when_listening(warn_of_short_backlog)
    site = ProtocolTypeRouter({"http": http, "websocket": refuse})
    live = wrap(site, on_start)
    has_proxy = conf.read().LANDING_TRUSTED_PROXY_COUNT > 0
    return RequestIds(RootPath(live, ROUTES), has_proxy=has_proxy)
