"""System checks of the settings and the deployment. Importing registers them."""

from __future__ import annotations

from . import (
    app_settings,
    channel_layer,
    deployment,
    host,
    host_apps,
    host_server,
    page,
    setting_names,
)

__all__ = [
    "app_settings",
    "channel_layer",
    "deployment",
    "host",
    "host_apps",
    "host_server",
    "page",
    "setting_names",
]
