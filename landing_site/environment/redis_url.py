"""Parse ``REDIS_URL`` strictly, and normalize the spellings that providers document.

redis-py accepts any option, and a wrong one fails much later with a traceback, or not at all.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from landing_site.environment.parsers import (
    ENCODE_IT,
    InvalidValue,
    parse_boolean,
    parse_seconds,
    parse_small_number,
    unquote_url,
)
from landing_site.environment.url_options import OptionParser, find_parser, parse_option

#: Scheme of redis-py for each accepted scheme.
SCHEMES = {
    "redis": "redis",
    "rediss": "rediss",
    "unix": "unix",
    "valkey": "redis",
    "valkeys": "rediss",
}
CERTIFICATE_REQUIREMENTS = ("none", "optional", "required")
TLS_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def parse_redis_url(text: str) -> str:
    """Return the URL as redis-py expects it. Raise ValueError if it is wrong in any part."""
    given, separator, rest = unquote_url(text).partition("://")
    if re.search("sentinel|cluster", given, re.IGNORECASE):
        raise InvalidValue(
            "must name one Redis server: Sentinel and cluster URLs are not supported"
        )
    if not separator or given.lower() not in SCHEMES:
        raise ValueError(given)
    parts = urlsplit(f"{SCHEMES[given.lower()]}://{rest}")
    _check_target(parts)
    options = dict(_parse_option(parts.scheme, *item) for item in _split_query(parts.query))
    if parts.scheme == "rediss":
        _check_tls(options)
    query = f"?{urlencode(options)}" if options else ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}{query}"


def _check_target(parts: SplitResult) -> None:
    """Check the host, port, and database number, or the path of a Unix socket."""
    has_path = parts.scheme == "unix"
    if parts.fragment or "@" in parts.query or ("@" in parts.path and not has_path):
        raise InvalidValue(ENCODE_IT)
    if "," in parts.netloc.rpartition("@")[2]:
        raise InvalidValue("must name one host, not several")
    if has_path:
        if not parts.path.strip("/"):
            raise ValueError(parts.path)
        return
    # Python cannot look up a name such as "a..b", and the error is not an OSError.
    unquote(parts.hostname or "").encode("idna")
    # redis-py would silently use database 0 if the path is not a number.
    if not parts.hostname or parts.port == 0 or not re.fullmatch("(/[0-9]{0,9})?", parts.path):
        raise ValueError(parts.path)


def _split_query(query: str) -> list[tuple[str, str]]:
    """Return the options that have a value. An empty one counts as unset."""
    return [item for item in parse_qsl(query, keep_blank_values=True) if item[1] or _reject(item)]


def _reject(item: tuple[str, str]) -> bool:
    """Reject an empty option with an unknown name; the name may be a part of a password."""
    find_parser(OPTIONS, item[0].lower())
    return False


def _parse_option(scheme: str, name: str, value: str) -> tuple[str, str]:
    name = name.lower()
    find_parser(OPTIONS, name)
    if name.startswith("ssl_") and scheme != "rediss":
        raise InvalidValue(f"must begin with rediss:// to have the option {name}")
    return name, parse_option(OPTIONS, name, value)


def _check_tls(options: Mapping[str, str]) -> None:
    """Load the files and ciphers of the options: redis-py would do it at each connection."""
    certificate, key = options.get("ssl_certfile"), options.get("ssl_keyfile")
    try:
        context = ssl.create_default_context(
            cafile=options.get("ssl_ca_certs"), capath=options.get("ssl_ca_path")
        )
        if "ssl_ciphers" in options:
            context.set_ciphers(options["ssl_ciphers"])
        if certificate:
            context.load_cert_chain(certificate, key, options.get("ssl_password", ""))
        elif key:
            raise ValueError(key)
    except (OSError, ValueError):
        names = ", ".join(sorted(_TLS_FILES & options.keys()))
        raise InvalidValue(f"must have readable files and known ciphers in {names}") from None


def _parse_timeout(text: str) -> str:
    seconds = parse_seconds(text)
    if seconds == 0:
        raise ValueError(text)
    return f"{seconds:g}"


def _parse_whole(text: str) -> str:
    return str(parse_small_number(text))


def _parse_count(text: str) -> str:
    if parse_small_number(text) == 0:
        raise ValueError(text)
    return text


def _parse_client_name(text: str) -> str:
    if not re.fullmatch("[!-~]+", text):
        raise ValueError(text)
    return text


def _parse_protocol(text: str) -> str:
    if text not in {"2", "3"}:
        raise ValueError(text)
    return text


def _parse_requirement(text: str) -> str:
    """Return redis-py's word for ``CERT_NONE``, ``None``, ``ssl.CERT_REQUIRED``, and the like."""
    word = text.lower().rpartition(".")[2].removeprefix("cert_")
    if word in {"0", "1", "2"}:  # the numbers of ssl.VerifyMode
        word = CERTIFICATE_REQUIREMENTS[int(word)]
    if word not in CERTIFICATE_REQUIREMENTS:
        raise ValueError(text)
    return word


def _parse_tls_version(text: str) -> str:
    """Return the number in ``ssl.TLSVersion`` for 1.2, TLSv1.2, TLSv1_2, or the number itself."""
    word = text.lower().removeprefix("tlsv").replace("_", ".")
    numbers = {str(int(version)): version for version in TLS_VERSIONS.values()}
    found = TLS_VERSIONS.get(word) or numbers.get(word)
    if found is None:
        raise ValueError(text)
    return str(int(found))


def _parse_flag(text: str) -> str:
    return str(parse_boolean(text))


_TEXT = (str, "a text")
_FLAG = (_parse_flag, "true or false")
_SECONDS = (_parse_timeout, "a number of seconds above 0")
_WHOLE = (_parse_whole, "a whole number")
_COUNT = (_parse_count, "a whole number above 0")
_TLS_FILES = {"ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_ciphers"}

OPTIONS: Mapping[str, OptionParser] = {
    "db": _WHOLE,
    "username": _TEXT,
    "password": _TEXT,
    "client_name": (_parse_client_name, "a name without spaces"),
    "protocol": (_parse_protocol, "2 or 3"),
    "max_connections": _COUNT,
    "socket_timeout": _SECONDS,
    "socket_connect_timeout": _SECONDS,
    "socket_keepalive": _FLAG,
    "socket_read_size": _COUNT,
    "health_check_interval": _WHOLE,
    "retry_on_timeout": _FLAG,
    "ssl_cert_reqs": (_parse_requirement, "none, optional, or required"),
    "ssl_check_hostname": _FLAG,
    "ssl_min_version": (_parse_tls_version, "1.2 or 1.3"),
    "ssl_password": _TEXT,
    **dict.fromkeys(sorted(_TLS_FILES), _TEXT),
}
