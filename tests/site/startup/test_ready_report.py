"""The report to a process manager that the server listens."""

from __future__ import annotations

import logging
import os
import socket
from pathlib import Path

import pytest

from landing_site.serve.readiness import Readiness
from landing_site.startup import ready_report


@pytest.fixture
def receiver(tmp_path: Path) -> Readiness:
    return Readiness(tmp_path)


def test_a_report_carries_the_process_id(
    receiver: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", receiver.address)
    assert not receiver.has(os.getpid())
    ready_report.report("two workers")
    receiver.receive()
    assert receiver.has(os.getpid())
    receiver.forget(os.getpid())
    assert not receiver.has(os.getpid())
    receiver.close()


def test_an_abstract_address_is_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"landing-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        ready_report.report("2 workers")
        expected = f"READY=1\nX_PID={os.getpid()}\nSTATUS=2 workers"
        assert receiver.recv(1000).decode() == expected


@pytest.mark.parametrize("address", ["", None])
def test_without_a_process_manager_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str | None
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    ready_report.report()
    assert caplog.records == []


def test_a_process_manager_that_is_gone_is_logged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    with caplog.at_level(logging.WARNING, "landing_site"):
        ready_report.report()
    assert "cannot be reached" in caplog.text


@pytest.mark.parametrize(
    "message",
    [b"", b"READY=1", b"READY=0\nX_PID=7", b"X_PID=7", b"READY=1\nX_PID=seven", b"\xff=\0"],
)
def test_other_messages_are_ignored(receiver: Readiness, message: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(message, receiver.address)
    receiver.receive()
    assert not receiver.has(7)
    receiver.close()


def test_a_process_manager_that_does_not_read_stops_nobody(
    receiver: Readiness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", receiver.address)
    while not caplog.records:
        ready_report.report()
    assert "cannot be reached" in caplog.text
    receiver.close()
