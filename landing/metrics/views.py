"""The response with the metrics, or its refusal."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .. import conf, measures
from ..health.readiness import readiness
from .access import may_read_metrics


@require_safe
async def prometheus(request: HttpRequest) -> HttpResponse:
    """Return the metrics of this process in Prometheus' text format, or 401 or 403."""
    if refusal := _find_refusal(request):
        return refusal
    await readiness.find_failures()
    return _expose()


def respond(request: HttpRequest) -> HttpResponse:
    """Return the same from a thread without an event loop."""
    if refusal := _find_refusal(request):
        return refusal
    readiness.refresh()
    return _expose()


def _expose() -> HttpResponse:
    if not measures.HAS_PROMETHEUS:
        return HttpResponse(
            'Metrics need the package prometheus-client, which the extra "metrics" installs.\n',
            content_type="text/plain; charset=utf-8",
            status=HTTPStatus.NOT_IMPLEMENTED,
        )
    from .exposition import CONTENT_TYPE, exposition

    return HttpResponse(exposition(), content_type=CONTENT_TYPE)


def _find_refusal(request: HttpRequest) -> HttpResponse | None:
    """Return the refusal, or None if the request may read the metrics. It costs no check."""
    if may_read_metrics(request):
        return None
    response = HttpResponse(
        f"Metrics need a bearer token, {conf.spell('LANDING_METRICS_TOKEN')}. "
        "See docs/monitoring.md.\n",
        content_type="text/plain; charset=utf-8",
        status=HTTPStatus.FORBIDDEN,
    )
    if conf.read().LANDING_METRICS_TOKEN:
        response.status_code = HTTPStatus.UNAUTHORIZED
        response.headers["WWW-Authenticate"] = "Bearer"
    # Django would log a line for each request of a scraper.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
