"""The site on a machine whose clock is off by ``CLOCK_OFFSET_SECONDS``."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta

from django.utils import timezone

_offset = timedelta(seconds=float(os.environ["CLOCK_OFFSET_SECONDS"]))
_time, _time_ns, _now = time.time, time.time_ns, timezone.now


def _shifted_now() -> datetime:
    return _now() + _offset


time.time = lambda: _time() + _offset.total_seconds()
time.time_ns = lambda: _time_ns() + int(_offset.total_seconds()) * 1_000_000_000
timezone.now = _shifted_now

from landing_site.asgi import application  # noqa: E402  the modules take the functions by name

__all__ = ["application"]
