"""The OpenAPI schema below the root path of the request, computed once per process; its page."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.urls import get_script_prefix
from django.utils.encoding import iri_to_uri
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class JsonErrors(APIView):
    """Base of views that render something else than JSON, except for errors."""

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return response


class DocsView(JsonErrors, SpectacularSwaggerView):
    """The documentation of the API, with Swagger UI."""


class SchemaView(JsonErrors, SpectacularAPIView):
    """Return the schema, which depends on the format and the root path only.

    Computing it takes 40 ms of processor time, and sending it again 0.1 ms. Query parameters have
    no effect, so that a client cannot make the process compute it again.
    """

    schema = None  # the schema does not list itself

    def get(self, request: Request, *arguments: Any, **options: Any) -> HttpResponse:
        renderer = request.accepted_renderer
        filename = self._get_filename(request, None)  # type: ignore[no-untyped-call]
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        return HttpResponse(
            _render(type(renderer), get_script_prefix()),  # type: ignore[arg-type]  # hashable
            content_type=f"{renderer.media_type}{charset}",
            headers={"Content-Disposition": f'inline; filename="{filename}"'},
        )


# A trusted proxy may send any root path.
@lru_cache(maxsize=16)
def _render(renderer: type[BaseRenderer], script_prefix: str) -> str | bytes:
    """Return the schema as text. ``script_prefix`` is the one of this thread."""
    generator: Any = SchemaGenerator
    schema = generator().get_schema(request=None, public=True)
    return renderer().render(schema, renderer.media_type, {})


def add_root_path(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Name the root path as the server of all paths. A hook of drf-spectacular."""
    if (root := iri_to_uri(get_script_prefix())) == "/":
        return result
    return {**result, "servers": [{"url": root.rstrip("/")}]}
