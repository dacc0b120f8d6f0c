"""The result of one check: a status, one sentence, and a remedy unless all is well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The severity of a finding, the lowest first."""

    OK = "ok"
    WARNING = "warning"  #: the counts are right, or correct again within a lease without action
    PROBLEM = "problem"  #: the counts are wrong, stale, or unknown, or will be


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` is a stable name; ``remedy`` is empty if the status is OK."""

    check: str
    status: Status
    sentence: str
    remedy: str = ""


def ok(check: str, sentence: str) -> Finding:
    """Return a finding that needs no action."""
    return Finding(check, Status.OK, sentence)


def warning(check: str, sentence: str, remedy: str) -> Finding:
    """Return a finding that an operator should act on."""
    return Finding(check, Status.WARNING, sentence, remedy)


def problem(check: str, sentence: str, remedy: str) -> Finding:
    """Return a finding that an operator must act on."""
    return Finding(check, Status.PROBLEM, sentence, remedy)


def worst(findings: Iterable[Finding]) -> Status:
    """Return the highest severity."""
    order = [*Status]
    return max((finding.status for finding in findings), key=order.index, default=Status.OK)
