"""A copy of Redis, the database, and the logs give no address and no user agent back."""

from __future__ import annotations

import hashlib
import hmac
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
import redis

from landing.visitors import identity
from tests.services.ports import wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.redis import RedisServer
from tests.services.site import QUICK, DaphneServer, with_own_database

#: All visitors have addresses of this network, which the attacker knows.
NETWORK = "198.18"
ADDRESSES = {name: f"{NETWORK}.{number}.211" for number, name in enumerate(("ana", "ben", "cem"))}
STRANGER = "198.19.77.199"
AGENTS = {
    name: f"Mozilla/5.0 (X11; Linux x86_64) Zebra-{name}/31.4159 Chrome/140.0 Safari/537.36"
    for name in (*ADDRESSES, "stranger")
}


@dataclass
class Copy:
    """The loot of a thief who copies everything but ``SECRET_KEY``."""

    redis: set[bytes]
    tables: dict[str, set[bytes]]
    files: bytes
    log: str

    @property
    def values(self) -> set[bytes]:
        """Return the values in Redis, and the ids of visitors and sessions."""
        tables = ("landing_analytics", "django_session", "landing_servingprocess")
        return self.redis.union(*(self.tables[name] for name in tables))


def headers_of(name: str, address: str = "", **more: str) -> dict[str, str]:
    """Return the headers that the one trusted proxy sends."""
    address = address or ADDRESSES[name]
    return {"X-Forwarded-For": address, "User-Agent": AGENTS[name], **more}


def visit(server: DaphneServer, sockets: ExitStack) -> None:
    """Come with a cookie, without one, and with an opt-out; keep a WebSocket open each."""
    for name, opt_out in (("ana", {}), ("ben", {}), ("cem", {"Sec-GPC": "1"})):
        with httpx.Client(base_url=server.url, headers=headers_of(name, **opt_out)) as browser:
            for path in ("/", "/privacy/", "/nowhere/", "/api/landing/stats/", "/?q=%00"):
                browser.get(path)
                if name == "ben":
                    browser.cookies.clear()
            cookies = "; ".join(f"{key}={value}" for key, value in browser.cookies.items())
        headers = {"Origin": server.url, **headers_of(name), "Cookie": cookies}
        live = sockets.enter_context(RawWebSocket(server.port, headers=headers))
        live.wait_for(lambda frame: frame["type"] == "connection-count")
        live.send_text("not JSON")


def misbehave(server: DaphneServer) -> None:
    """Fail to sign in, use an invalid token, a foreign host, and a foreign origin."""
    headers = headers_of("stranger", STRANGER)
    with httpx.Client(base_url=server.url, headers=headers) as browser:
        form = browser.get("/admin/login/").text
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', form)
        assert token is not None
        for _ in range(3):
            refused = browser.post(
                "/admin/login/",
                data={"username": "admin", "password": "wrong", "csrfmiddlewaretoken": token[1]},
            )
            assert refused.status_code == 200
        browser.post("/privacy/")
        browser.post("/api/landing/activities/", headers={"Authorization": "Api-Key wrong"})
        browser.get("/", headers={"Host": "elsewhere.example"})
        browser.get("/ws/landing/", headers={"Upgrade": "websocket", "Origin": "http://a.example"})


def read_redis(client: redis.Redis) -> set[bytes]:
    """Return all keys, and all values and members of every type."""
    found = set[bytes]()
    for key in client.keys():
        kind = client.type(key)
        found.add(key)
        if kind == b"string":
            found.add(client.get(key) or b"")
        elif kind == b"hash":
            for pair in client.hgetall(key).items():
                found.update(pair)
        elif kind == b"set":
            found.update(client.smembers(key))
        elif kind == b"zset":
            found.update(client.zrange(key, 0, -1))
        else:
            assert kind == b"list", kind
            found.update(client.lrange(key, 0, -1))
    return found


def read_database(file: Path) -> dict[str, set[bytes]]:
    """Return the values of each table."""
    with closing(sqlite3.connect(file)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: {
                cell if isinstance(cell, bytes) else str(cell).encode()
                for row in database.execute(f'SELECT * FROM "{name}"')
                for cell in row
            }
            for (name,) in tables
        }


@pytest.fixture(scope="module")
def copy(production: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    directory = tmp_path_factory.mktemp("leaks")
    variables = with_own_database(production, directory)
    file = Path(variables["DATABASE_URL"].removeprefix("sqlite:///"))
    store = RedisServer()
    store.start()
    # Without TLS, clients do not return Secure cookies.
    cookies = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANDING_VISITOR_COOKIE_SECURE")
    more = {
        "REDIS_URL": store.url,
        "LANDING_TRUSTED_PROXY_COUNT": "1",
        "LANDING_NETWORK_MAX_PEOPLE": "50",
    }
    more |= dict.fromkeys(cookies, "false")
    # The operator chooses an access log of Daphne, which contains addresses.
    access_log = str(directory / "access.log")
    server = DaphneServer({**variables, **QUICK, **more}, "--access-log", access_log)
    try:
        server.start()
        with ExitStack() as sockets:
            visit(server, sockets)
            misbehave(server)
            wait_until(lambda: has_rows(file), "rows are written")
            with store.client() as client:
                values = read_redis(client)
            dump = store.dump()
        server.stop()
        files = b"".join(path.read_bytes() for path in directory.glob("site.sqlite3*"))
        yield Copy(values, read_database(file), files + dump, server.log)
    finally:
        server.close()
        store.close()


def has_rows(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as database:
        visitors = database.execute("SELECT COUNT(DISTINCT visitor_id) FROM landing_analytics")
        return bool(visitors.fetchone()[0] >= 2)


def find_address(values: set[bytes], agent: str) -> str | None:
    """Return the address that a value hides, with all values as keys.

    The addresses of the visitors are the first ones of their network.
    """
    digests: list[Callable[[bytes], bytes]] = [
        lambda message, name=name: hashlib.new(name, message).digest()  # type: ignore[misc]
        for name in ("md5", "sha1", "sha256")
    ]
    keys = [value for value in values if 16 <= len(value) <= 64 and b":" not in value]
    digests += [
        lambda message, key=key: hmac.digest(key, message, "sha256")  # type: ignore[misc]
        for key in keys
    ]
    wanted = values | {value[:16] for value in values}
    for low in range(1_024):
        address = f"{NETWORK}.{low >> 8}.{low & 255}"
        message = f"{address}\n{agent}".encode()
        for digest in digests:
            found = digest(message)
            if found[:16] in wanted or found.hex().encode() in wanted:
                return address
    return None


def test_the_visitors_are_in_the_copy(copy: Copy) -> None:
    assert len([value for value in copy.redis if len(value) == 16]) >= 3
    assert len([value for value in copy.tables["landing_analytics"] if len(value) == 16]) >= 2
    assert any(b":salt:" in value for value in copy.redis)
    assert any(b":visitors:" in value for value in copy.redis)
    assert "Not Found: /nowhere/" in copy.log


@pytest.mark.parametrize("address", ADDRESSES.values())
def test_no_address_of_a_visitor_is_in_the_copy(copy: Copy, address: str) -> None:
    packed = ip_address(address).packed
    for form in (address.encode(), packed, packed.hex().encode()):
        assert form not in copy.files
        assert not any(form in value for value in copy.values)
    assert address not in copy.log


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_user_agent_of_a_visitor_is_in_the_copy(copy: Copy, name: str) -> None:
    form = f"Zebra-{name}"
    assert form.encode() not in copy.files
    assert not any(form.encode() in value for value in copy.values)
    assert form not in copy.log


def test_only_failed_logins_are_stored_with_address_and_user_agent(copy: Copy) -> None:
    """The lock of a network needs its address; docs/privacy.md names the exception."""
    for form in (STRANGER, "Zebra-stranger"):
        assert form not in copy.log
        assert not any(form.encode() in value for value in copy.redis)
        holders = {
            name
            for name, values in copy.tables.items()
            if any(form.encode() in value for value in values)
        }
        assert holders == {"axes_accessattempt"}


def test_no_hash_gives_an_address_of_a_known_network_back(copy: Copy) -> None:
    assert find_address(copy.values, AGENTS["ben"]) is None


def test_the_search_finds_an_address_whose_salt_lies_beside_its_hash(copy: Copy) -> None:
    """Such hashes were in Redis before the salt depended on ``SECRET_KEY``."""
    # The search takes values with a colon for texts.
    salt = next(value for value in copy.redis if len(value) == 32).replace(b":", b".")
    leak = identity.derive_visitor(ADDRESSES["ben"], AGENTS["ben"], salt)
    assert find_address({salt, leak}, AGENTS["ben"]) == ADDRESSES["ben"]
