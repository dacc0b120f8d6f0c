"""The seam between the live counter and the application around which it serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import conf
from ..checks.startup import log_findings
from ..live.consumer import LiveConsumer
from ..live.middleware.guard_fallback import GuardedApplication
from ..live.middleware.lifespan import LifespanApplication
from ..live.middleware.origins import SameSiteOrigins
from ..live.middleware.websocket_route import WebSocketRoute
from ..live.transport import daphne
from ..live.transport.guard import Guard
from ..metrics.listener import MetricsListener
from .server_process import ServerProcess

#: A network that vanishes without a close is noticed after Daphne's next ping, at most 20 s
#: later, and this time. Shorter intervals would keep the radios of phones awake.
PING_TIMEOUT_SECONDS = 10


def wrap(application: Any, on_start: Callable[[], None] = lambda: None) -> Any:
    """Return ``application`` with the live counter; see :func:`landing.asgi.wrap`.

    ``on_start`` is called when the process begins to serve, and possibly again.
    """
    if isinstance(application, LifespanApplication):
        return application
    values = conf.read()
    guard = Guard.from_settings(values)
    metrics = MetricsListener.from_settings(values)
    live: Any = SameSiteOrigins(LiveConsumer.as_asgi())
    if values.LANDING_PROCESS_TUNING:
        _tune_server(guard)
        served: Any = GuardedApplication(WebSocketRoute(application, live), guard)
    else:
        served = WebSocketRoute(application, GuardedApplication(live, guard))

    def begin() -> None:
        log_findings()
        on_start()
        metrics.start()

    def build() -> ServerProcess:
        begin()
        return ServerProcess.find_or_build(guard)

    daphne.when_listening(lambda backlogs: begin())
    return LifespanApplication(served, build)


def _tune_server(guard: Guard) -> None:
    """Let Daphne ask the guard itself, and notice lost connections earlier."""
    daphne.shorten_ping_timeout(PING_TIMEOUT_SECONDS)
    daphne.guard_when_listening(guard)
