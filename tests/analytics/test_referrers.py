"""Which hosts are referrers: not the site's own, and not spam."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from landing.analytics import referrers
from landing.analytics.referrers import is_spam, parse_external_host, parse_host


def request_from(referrer: str, host: str = "testserver", **more: str) -> HttpRequest:
    return RequestFactory().get("/", HTTP_REFERER=referrer, HTTP_HOST=host, **more)


# -- hosts


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("https://example.org/search?q=private#part", "example.org"),
        ("http://user:password@EXAMPLE.org:8080/", "example.org"),
        ("https://example.org.", "example.org"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("http://192.0.2.1/", "192.0.2.1"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("http://[2001:DB8:0:0::1]/", "2001:db8::1"),
        ("", ""),
        ("about:blank", ""),
        ("/relative", ""),
        ("example.org", ""),
        ("javascript:alert(1)", ""),
        ("android-app://com.example/", ""),
        ("http://[broken/", ""),
        ("http://two words/", ""),
        ("http://ex\xe4mple.org/", ""),
        ("https://" + "a" * 254, ""),
        ("https://<script>/", ""),
    ],
)
def test_only_the_host_of_a_referrer_is_kept(referrer: str, host: str) -> None:
    assert parse_host(referrer) == host


@given(st.text(alphabet=st.characters()) | st.text().map("https://".__add__))
def test_a_referrer_host_is_a_host_or_empty(referrer: str) -> None:
    host = parse_host(referrer)

    assert host == "" or referrers.HOST.fullmatch(host)
    assert is_spam(host) in (True, False)


# -- own hosts


@pytest.mark.parametrize(
    "referrer",
    [
        "https://shop.example/",
        "https://www.shop.example/cart",
        "https://SHOP.example.:8443/",
        "https://old.example/",
        "https://www.old.example/",
        "https://wild.example/",
        "https://a.b.wild.example./",
        "http://[2001:db8:0::1]:8000/",
        "http://192.0.2.1:8000/",
        "http://[::ffff:192.0.2.1]/",
        "http://[::FFFF:c000:201]:8000/",
        "http://localhost:3000/",
        "https://xn--bcher-kva.example/",
        "https://partner.example/",
        "https://app.own.example/",
    ],
)
def test_an_own_host_is_never_a_referrer(referrer: str, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = [
        "shop.example",
        "www.OLD.example.",
        ".wild.example",
        "[2001:db8::1]",
        "192.0.2.1",
        "localhost:8000",
        "bücher.example",
        "*",
    ]
    settings.CSRF_TRUSTED_ORIGINS = ["https://partner.example:8443", "https://*.own.example"]

    assert parse_external_host(request_from(referrer, host="other.example")) == ""


@pytest.mark.parametrize(
    ("host", "referrer"),
    [
        ("shop.example", "https://www.shop.example/"),
        ("www.shop.example", "https://shop.example./"),
        ("Shop.Example:8000", "http://shop.example:3000/"),
        ("shop.example.", "https://shop.example/"),
        ("[2001:db8::1]:8000", "http://[2001:DB8:0::1]/"),
        ("203.0.113.7", "http://203.0.113.7:8080/"),
    ],
)
def test_the_host_of_the_request_is_never_a_referrer(
    host: str, referrer: str, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert parse_external_host(request_from(referrer, host=host)) == ""


@pytest.mark.parametrize(
    "referrer",
    [
        "https://news.example/",
        "https://notshop.example/",
        "https://sub.shop.example/",
        "https://shop.example.evil.example/",
        "https://wwwshop.example/",
        "http://[2001:db8::2]/",
    ],
)
def test_any_other_host_is_a_referrer(referrer: str, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["shop.example", "*", "[2001:db8::1]"]
    request = request_from(referrer, host="shop.example", HTTP_SEC_FETCH_SITE="cross-site")
    assert parse_external_host(request) == parse_host(referrer) != ""


def test_a_navigation_within_the_origin_has_no_referrer(settings: Settings) -> None:
    """The host of the request may be that of a proxy, but the browser knows the origin."""
    settings.ALLOWED_HOSTS = ["backend"]
    request = request_from("https://shop.example/", "backend", HTTP_SEC_FETCH_SITE="same-origin")
    assert parse_external_host(request) == ""


def test_a_refused_host_does_not_matter(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["shop.example"]
    request = request_from("https://news.example/", host="evil.example")
    assert parse_external_host(request) == "news.example"


# -- spam


@pytest.mark.parametrize(
    "host",
    [
        *("econom.co", "www.econom.co", "a.b.econom.co", "7makemoneyonline.com"),
        *("semalt.com", "3.semalt.com", "semalt.example", "buttons-for-website.com"),
        *("99-best-seo.com", "free-share-buttons-zzz.xyz", "law-enforcement-check-nine.xyz"),
        *("eu-cookie-law-enforcement2.xyz", "get-free-traffic-now.example", "sharebutton.example"),
    ],
)
def test_referrer_spam_is_not_a_referrer(host: str) -> None:
    assert is_spam(host)
    assert parse_external_host(request_from(f"http://{host}/try.php?u=1")) == ""


@pytest.mark.parametrize(
    "host",
    ["com", "example.com", "noteconom.co", "econom.co.example", "seo.example", "share.example", ""]
    + ["bestseoulfood.example", "best-seoul.example", "basemalt.example", "seosolutions.example"]
    + ["cookie-law-info.example", "law-enforcement-training.example", "museo-solution.example"]
    + ["gettrafficschool.example", "airtraffic.example", "socialbutton.example"],
)
def test_a_similar_host_is_not_spam(host: str) -> None:
    assert not is_spam(host)


def test_a_file_adds_spam_hosts(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "spammers.txt"
    file.write_text("# a comment\n\n Spam.Example \nbücher.example # another\n")
    assert not is_spam("spam.example")

    settings.LANDING_REFERRER_SPAM_FILE = str(file)

    for host in ("spam.example", "sub.spam.example", "xn--bcher-kva.example", "econom.co"):
        assert is_spam(host), host
    assert not is_spam("example")


def test_a_missing_file_gives_one_warning(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LANDING_REFERRER_SPAM_FILE = "/nowhere/spammers.txt"
    with caplog.at_level(logging.WARNING):
        assert is_spam("econom.co")
        assert not is_spam("news.example")
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "The list of referrer spam cannot be read"
    ]


def test_every_line_of_the_list_is_a_host() -> None:
    hosts = referrers._read_hosts(referrers.SPAM_FILE)
    assert len(hosts) == len(set(hosts)) == 249
    assert all(referrers.HOST.fullmatch(host) and "." in host for host in hosts)
