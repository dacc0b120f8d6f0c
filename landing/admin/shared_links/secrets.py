"""Create and verify the secrets of shared links."""

from __future__ import annotations

import re
from datetime import timedelta

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from ...dates import utc_now
from ...limits.rate_limits import Rate, RateLimits
from ...names import URLS
from ...tables.secrets import SECRET_LENGTH
from ...tables.shared_links import SharedLink

URL_NAME = f"{URLS}:shared_dashboard"
#: The part of a key behind the prefix.
SECRET = re.compile(rf"[A-Za-z0-9]{{{SECRET_LENGTH}}}")
#: Wrong links of a network: ten at once, then one every six seconds.
WRONG_LINKS = Rate(per_second=1 / 6, burst=10)
#: Minimum time between two updates of a link's ``last_used_at``.
LAST_USED_PRECISION = timedelta(minutes=1)

wrong_links: RateLimits[str] = RateLimits(WRONG_LINKS)


def create(link: SharedLink, request: HttpRequest) -> str:
    """Save a new link and return its address, which is known only now."""
    key = SharedLink.objects.assign_key(link)
    link.save(force_insert=True)
    secret = key.partition(".")[2]
    return f"{request.build_absolute_uri(reverse(URL_NAME, args=[link.prefix]))}#{secret}"


def has_route() -> bool:
    """Return whether the project has included the URLs of the app."""
    try:
        reverse(URL_NAME, args=["prefix"])
    except NoReverseMatch:
        return False
    return True


def is_right(link: SharedLink, secret: str) -> bool:
    """Return whether the secret is that of the link. The comparison takes the same time."""
    return bool(SECRET.fullmatch(secret)) and link.is_valid(f"{link.prefix}.{secret}")


def record_use(link: SharedLink) -> None:
    """Store the time, to the minute."""
    now = utc_now()
    if link.last_used_at is None or link.last_used_at < now - LAST_USED_PRECISION:
        SharedLink.objects.filter(pk=link.pk).update(last_used_at=now)
