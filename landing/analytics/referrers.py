"""Find the host of the site that linked to a page.

The site's own hosts are not referrers. Hosts of referrer spam are not stored: programs send them
to appear in lists such as that of the dashboard, the exports, and the admin.
"""

from __future__ import annotations

import logging
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.signals import setting_changed
from django.http import HttpRequest

from .. import conf
from ..tables.rollups import HOST_LENGTH
from ..visitors import address

logger = logging.getLogger(__name__)

#: Host names in ASCII (``xn--`` included) and IP addresses.
HOST = re.compile(rf"[a-z0-9._:-]{{1,{HOST_LENGTH}}}")
#: Spam hosts, one per line, and their subdomains. Its first lines name the source.
SPAM_FILE = Path(__file__).with_name("referrer_spam.txt")
#: Names under which spammers register host after host, such as 1-best-seo.com and 2-best-seo.com.
SPAM_NAMES = re.compile(
    r"(?<![a-z])(?:semalt|darodar|ilovevitaly|buttons-for-|(?:share|social)-buttons?|sharebuttons?"
    r"|best-?seo(?![a-z])|cookie-law-enforcement|law-enforcement-[a-z-]+\.(?:xyz|top)"
    r"|(?:(?:get-)?free|buy(?:-cheap)?|web)-traffic(?![a-z])|traffic-?bot|bot-?traffic|xtraffic)"
)


def parse_external_host(request: HttpRequest) -> str:
    """Return the host of the page that linked here; empty if unknown, own, or spam."""
    headers = request.headers
    if headers.get("Sec-Fetch-Site", "").strip().lower() == "same-origin":
        return ""
    host = parse_host(headers.get("Referer", ""))
    return host if is_shown(host, request) else ""


def is_shown(host: str, request: HttpRequest | None = None) -> bool:
    """Return whether a host is a referrer: known, not one of the site's own, and not spam.

    The host of the request is the site's own, even if it is not among the settings.
    """
    return bool(host) and not is_own(host, request) and not is_spam(host)


def parse_host(referrer: str) -> str:
    """Return the host of an HTTP URL in lower case, or an empty string for anything else."""
    if not referrer:
        return ""
    try:
        parts = urlsplit(referrer)
        host = normalize(parts.hostname or "")
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"}
    return host if is_web and HOST.fullmatch(host) else ""


def normalize(host: str) -> str:
    """Return a host in lower case, without port, brackets, and last dot."""
    bare = host.strip().lower().rstrip(".")
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0].rstrip(".")
    return address.normalize(bare) or bare


def is_own(host: str, request: HttpRequest | None) -> bool:
    """Return whether the host is one of this site, with or without ``www``."""
    bare = _without_www(host)
    is_asked = request is not None and bare == _without_www(_host_of(request))
    return is_asked or _matches(_own_hosts(), bare)


def is_spam(host: str) -> bool:
    """Return whether the host, or a domain above it, is a host of referrer spam."""
    spam = _spam_hosts(conf.read().LANDING_REFERRER_SPAM_FILE)
    return SPAM_NAMES.search(host) is not None or not spam.isdisjoint(_domains(host))


def _read_hosts(file: Path) -> list[str]:
    """Return the hosts of a file with one per line. Empty lines and comments (#) do not count."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        logger.warning("The list of referrer spam cannot be read: %s", error)
        return []
    return [host for line in lines if (host := _to_ascii(normalize(line.partition("#")[0])))]


def _matches(patterns: frozenset[str], host: str) -> bool:
    """Return whether a pattern is the host, or begins with a dot and is a domain above it."""
    return host in patterns or any(f".{domain}" in patterns for domain in _domains(host))


def _domains(host: str) -> list[str]:
    """Return the host and all domains above it."""
    labels = host.split(".")
    return [".".join(labels[first:]) for first in range(len(labels))]


def _host_of(request: HttpRequest) -> str:
    try:
        return normalize(request.get_host())
    except DisallowedHost:
        return ""


@cache
def _own_hosts() -> frozenset[str]:
    """Return the hosts of the settings. A pattern that begins with a dot includes subdomains."""
    origins = (urlsplit(origin).netloc for origin in settings.CSRF_TRUSTED_ORIGINS)
    patterns = [pattern.removeprefix("*") for pattern in (*settings.ALLOWED_HOSTS, *origins)]
    return frozenset(
        ("." if pattern.startswith(".") else "") + _without_www(_to_ascii(normalize(host)))
        for pattern in patterns
        if (host := pattern.removeprefix("."))
    )


@cache
def _spam_hosts(own_file: str) -> frozenset[str]:
    files = [SPAM_FILE, Path(own_file)] if own_file else [SPAM_FILE]
    return frozenset(host for file in files for host in _read_hosts(file))


def _without_www(host: str) -> str:
    return host.removeprefix("www.")


def _to_ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _clear_cache(**kwargs: Any) -> None:
    _own_hosts.cache_clear()
    _spam_hosts.cache_clear()


setting_changed.connect(_clear_cache)
