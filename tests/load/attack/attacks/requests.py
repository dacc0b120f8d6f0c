"""Single requests that cost much, or that a client should not be able to make."""

from __future__ import annotations

from tests.load.attack.attacker import Attacker
from tests.load.attack.lines import Line
from tests.load.attack.target import ATTACKER, HOST, agent, cookies_of

LOGINS = 30
REQUESTS_PER_SECOND = 20
ROOT_PATH = "/x"


def logins(attacker: Attacker) -> None:
    """Keep 30 logins to the admin in flight, with a wrong password each."""
    cookie = ""

    def take_cookie(line: Line) -> None:
        nonlocal cookie
        cookie = cookies_of(line.head)

    source = attacker.target.source(ATTACKER)
    form = attacker.target.request("GET /admin/login/")
    attacker.dial(attacker.target.port(0), source, form, on_end=take_cookie)
    while not attacker.is_over and not cookie:
        attacker.pump(0.05)
    token = dict(each.split("=", 1) for each in cookie.split("; "))["csrftoken"] if cookie else ""
    while not attacker.is_over:
        while len(attacker.open) < attacker.scaled(LOGINS):
            number = next(attacker.numbers)
            body = f"csrfmiddlewaretoken={token}&username=admin&password=wrong{number}".encode()
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "Content-Length": str(len(body)),
                "Cookie": cookie,
            }
            request = attacker.target.request("POST /admin/login/", headers=headers)
            attacker.dial(attacker.target.port(number), source, request + body)
        attacker.pump(0.05)


def root_path(attacker: Attacker) -> None:
    """Name a root path in a header, and request the page below it."""
    headers = {"Daphne-Root-Path": ROOT_PATH, "Sec-Fetch-Dest": "document"}
    for number in attacker.pump_at_rate(REQUESTS_PER_SECOND):
        request = attacker.target.request(
            f"GET {ROOT_PATH}/", user_agent=agent(number), headers=headers
        )
        attacker.dial(attacker.target.port(number), attacker.target.source(ATTACKER), request)


def origins(attacker: Attacker) -> None:
    """Open sockets as pages of other sites do: foreign, null, and look-alike origins and hosts."""
    port = attacker.target.ports[0]
    refused = [
        "https://example.com",
        "null",
        f"http://{HOST}.example.com:{port}",
        f"http://example.com#{HOST}:{port}",
        f"http://{HOST}@example.com",
        f"http://not{HOST}:{port}",
        f"ftp://{HOST}:{port}",
    ]
    foreign_host = {"Host": "example.com", "Origin": "http://example.com"}
    headers = [foreign_host, *({"Origin": origin} for origin in refused)]
    for number in attacker.pump_at_rate(REQUESTS_PER_SECOND):
        request = attacker.target.handshake(headers=headers[number % len(headers)])
        attacker.dial(attacker.target.port(number), attacker.target.source(ATTACKER), request)
