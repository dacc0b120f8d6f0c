"""The OpenAPI schema below the root path of the request."""

from __future__ import annotations

from typing import Any

from django.urls import get_script_prefix
from django.utils.encoding import iri_to_uri


def add_root_path(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Name the root path as the server of all paths. A hook of drf-spectacular."""
    if (root := iri_to_uri(get_script_prefix())) == "/":
        return result
    return {**result, "servers": [{"url": root.rstrip("/")}]}
