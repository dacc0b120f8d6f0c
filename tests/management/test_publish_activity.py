"""The command that publishes an activity."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from landing.activity import delivery, kinds, moderation
from landing.activity.kinds import ActivityKind
from landing.models import Activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def publish() -> Any:
    """Return a function that runs the command and returns its output."""

    def run(*arguments: str) -> str:
        out = io.StringIO()
        call_command("publish_activity", *arguments, stdout=out)
        return out.getvalue()

    return run


@pytest.fixture(autouse=True)
def _run_callbacks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the wait for a commit, because the transaction of a test never commits."""
    monkeypatch.setattr(delivery, "after_commit", lambda action, argument: action(argument))


def test_the_output_has_the_id_and_the_decision(publish: Any) -> None:
    output = publish("joined", "--kind", "signup")

    stored = Activity.objects.get()
    assert output == f"Activity {stored.pk} was published and is shown on open pages.\n"
    assert (stored.kind, stored.text, stored.actor, stored.data) == ("signup", "joined", "", {})
    assert stored.external_id is None


def test_all_fields_have_an_option(publish: Any) -> None:
    publish(
        *("bought a plan", "--kind", "purchase", "--actor", "Ana María"),
        *("--data", '{"order": 7}', "--external-id", "crm-1", "--at", "2026-01-31T13:00:00+01:00"),
    )

    stored = Activity.objects.get()
    assert (stored.actor, stored.data, stored.external_id) == ("Ana María", {"order": 7}, "crm-1")
    assert stored.created_at == datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_the_output_reports_a_rate_limited_activity(publish: Any, settings: Settings) -> None:
    settings.LANDING_ACTIVITY_PER_MINUTE = 0

    assert "but is rate-limited" in publish("joined", "--kind", "signup")


def test_the_output_reports_a_pending_activity(
    publish: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "after_commit", lambda action, argument: None)

    assert "within a heartbeat" in publish("joined", "--kind", "signup")


def test_repeating_an_external_id_publishes_once(publish: Any) -> None:
    arguments = ("joined", "--kind", "signup", "--external-id", "crm-1")

    assert publish(*arguments) == publish(*arguments)
    moderation.hide([Activity.objects.get().pk])
    assert publish(*arguments).endswith("but is hidden.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("joined", "--kind", "unheard-of"), "--kind: Unknown kind. Known kinds: campaign,"),
        ((" ", "--kind", "signup"), "text: This field may not be blank."),
        (("joined", "--kind", "signup", "--external-id", ""), "--external-id: Must have 1 to 200"),
        (
            ("joined", "--kind", "signup", "--at", "2026-01-31T12:00:00"),
            "--at: Must have a time zone",
        ),
        (("joined", "--kind", "signup", "--at", "yesterday"), "--at must be an ISO 8601 time"),
        (
            ("joined", "--kind", "signup", "--at", "2026-02-30T12:00:00Z"),
            "--at must be an ISO 8601 time",
        ),
        (("joined", "--kind", "signup", "--data", "[]"), "--data must be a JSON object"),
        (("joined", "--kind", "signup", "--data", "{"), "--data must be a JSON object"),
        (("joined", "--kind", "signup", "--data", "[" * 9999), "--data must be a JSON object"),
        (("joined", "--kind", "signup", "--data", '{"a": NaN}'), "--data: Must be a JSON object."),
        (("joined",), "--kind"),
    ],
)
def test_an_error_names_the_argument(
    publish: Any, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(CommandError) as caught:
        publish(*arguments)

    assert message in str(caught.value)
    assert not Activity.objects.exists()


def test_a_future_time_is_an_error(publish: Any) -> None:
    soon = timezone.now() + timedelta(minutes=1)

    with pytest.raises(CommandError, match="--at: Must not be in the future"):
        publish("joined", "--kind", "signup", "--at", soon.isoformat())


def test_the_help_lists_the_registered_kinds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds._kinds, "review", ActivityKind("Review", "M4 12h16"))

    with pytest.raises(SystemExit):
        call_command("publish_activity", "--help")

    assert "signup, purchase, campaign, milestone, review" in " ".join(
        capsys.readouterr().out.split()
    )
