"""The audit distinguishes a vulnerability, no vulnerability, and a failed check."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scripts import audit
from tests.services.site import ROOT

#: Returns the status and the body for a package, as the OSV database does.
Answer = Callable[[str], tuple[int, bytes]]

VULNERABILITY = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-1"],
    "affected": [
        {
            "package": {"name": "django", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.3"}]}],
        }
    ],
}


def answer_nothing(package: str) -> tuple[int, bytes]:
    return 200, b"{}"


def answer_vulnerability_of_django(package: str) -> tuple[int, bytes]:
    known = {"vulns": [VULNERABILITY]} if package == "django" else {}
    return 200, json.dumps(known).encode()


@contextmanager
def service(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """Serve the answers. Yield the URL, and the packages that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(query["package"]["name"])
            status, body = answer(asked[-1])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *parts: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = tmp_path / "requirements.txt"
    digest = "0" * 64
    file.write_text(
        "".join(
            f"{pin} \\\n    --hash=sha256:{digest}\n" for pin in ("asgiref==3.1", "django==5.2")
        )
    )
    return file


def test_every_pinned_package_is_checked(
    requirements: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with service(answer_nothing) as (url, asked):
        status = audit.main([str(ROOT / "requirements.txt"), "--service", url])

    assert status == audit.NONE_FOUND
    # The others are for some systems only.
    pins = re.findall(r"^([a-z0-9-]+)\S*==\S+ \\", (ROOT / "requirements.txt").read_text(), re.M)
    assert "django" in pins
    assert set(pins) <= set(asked)
    assert f"0 known vulnerabilities in {len(asked)} packages" in capsys.readouterr().out


def test_a_vulnerability_is_listed_with_the_version_that_fixes_it(
    requirements: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with service(answer_vulnerability_of_django) as (url, _):
        status = audit.main([str(requirements), "--service", url])

    assert status == audit.FOUND
    output = capsys.readouterr().out
    assert "django 5.2: PYSEC-2026-1, CVE-2026-1; fixed in 5.3\n" in output
    assert "1 known vulnerabilities in 2 packages" in output


@pytest.mark.parametrize(
    "answer",
    [
        lambda package: (503, b""),
        lambda package: (200, b"<p>Sign in to the network"),
        lambda package: (200, b"{}") if package == "asgiref" else (429, b""),
    ],
    ids=["unavailable", "not JSON", "unavailable after the first package"],
)
def test_an_answer_that_is_none_is_not_a_result(
    requirements: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    with service(answer) as (url, _):
        status = audit.main([str(requirements), "--service", url])

    assert status == audit.NOT_CHECKED
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"Could not check {requirements}: ")


def test_a_service_that_cannot_be_reached_is_not_a_result(
    requirements: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with service(answer_nothing) as (url, _):
        pass  # the port is closed again

    assert audit.main([str(requirements), "--service", url]) == audit.NOT_CHECKED
    assert "Connection refused" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "django>=5\n", "django==5.2\n"])
def test_a_file_without_pinned_and_hashed_packages_is_not_checked(
    requirements: Path, content: str
) -> None:
    requirements.write_text(content)
    with service(answer_nothing) as (url, asked):
        assert audit.main([str(requirements), "--service", url]) == audit.NOT_CHECKED
    assert not asked


def test_a_missing_file_is_not_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main([str(tmp_path / "none.txt")]) == audit.NOT_CHECKED
    assert "none.txt" in capsys.readouterr().err


def test_a_skipped_package_is_not_checked(capsys: pytest.CaptureFixture[str]) -> None:
    packages = [{"name": "django", "skip_reason": "unknown version"}]
    assert audit.report(Path("file"), packages) == audit.NOT_CHECKED
    output = capsys.readouterr()
    assert output.err == "Could not check django: unknown version\n"
    assert output.out == "file: 0 known vulnerabilities in 0 packages\n"
