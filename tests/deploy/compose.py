"""Read ``deploy/compose.yaml`` as Compose reads it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.services.site import ROOT

FILE = ROOT / "deploy" / "compose.yaml"
#: Values for the variables that the guide writes to ``.env``.
GIVEN = {
    "SECRET_KEY": "0123456789abcdef" * 4,
    "POSTGRES_PASSWORD": "fedcba9876543210" * 4,
    "SITE_HOST": "www.example.com",
}
REQUIRED = re.compile(r"\$\{(\w+):\?[^}]+\}")


def read() -> dict[str, Any]:
    """Return the file with merged parts, and with its variables as they are."""
    content: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return content


def environment(service: str) -> dict[str, str]:
    """Return the environment of a service."""
    variables: dict[str, str] = read()["services"][service].get("environment", {})
    return {
        name: REQUIRED.sub(lambda found: GIVEN[found[1]], value)
        for name, value in variables.items()
    }
