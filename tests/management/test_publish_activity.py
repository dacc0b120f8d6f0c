from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from landing.activity import delivery, kinds, moderation
from landing.models import Activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def publish() -> Any:
    """Runs the command, and returns what it says."""

    def run(*arguments: str) -> str:
        out = io.StringIO()
        call_command("publish_activity", *arguments, stdout=out)
        return out.getvalue()

    return run


@pytest.fixture(autouse=True)
def _committing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a commit is done on the spot, as where no test holds a transaction."""
    monkeypatch.setattr(delivery, "after_commit", lambda do, what: do(what))


def test_it_publishes_and_says_what_became_of_it(publish: Any) -> None:
    said = publish("joined", "--kind", "signup")

    stored = Activity.objects.get()
    assert said == f"Activity {stored.pk} is published, and on the pages.\n"
    assert (stored.kind, stored.text, stored.actor, stored.data) == ("signup", "joined", "", {})
    assert stored.external_id is None


def test_everything_can_be_said(publish: Any) -> None:
    publish(
        *("bought a plan", "--kind", "purchase", "--actor", "Ana María"),
        *("--data", '{"order": 7}', "--external-id", "crm-1", "--at", "2026-01-31T13:00:00+01:00"),
    )

    stored = Activity.objects.get()
    assert (stored.actor, stored.data, stored.external_id) == ("Ana María", {"order": 7}, "crm-1")
    assert stored.created_at == datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_what_is_held_back_is_told_as_such(publish: Any, settings: Settings) -> None:
    settings.LANDING_ACTIVITY_PER_MINUTE = 0

    assert "held back from the pages" in publish("joined", "--kind", "signup")


def test_what_nobody_has_decided_on_will_be(publish: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "after_commit", lambda do, what: None)

    assert "within a heartbeat" in publish("joined", "--kind", "signup")


def test_run_again_with_the_same_external_id_it_publishes_nothing_more(publish: Any) -> None:
    arguments = ("joined", "--kind", "signup", "--external-id", "crm-1")

    assert publish(*arguments) == publish(*arguments)
    moderation.hide([Activity.objects.get().pk])
    assert publish(*arguments).endswith("but hidden.\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("joined", "--kind", "unheard-of"), "kind: This is no kind. Known kinds: campaign,"),
        ((" ", "--kind", "signup"), "text: There is nothing"),
        (("joined", "--kind", "signup", "--external-id", ""), "external-id: Give 1 to 200"),
        (("joined", "--kind", "signup", "--at", "2026-01-31T12:00:00"), "at: Say the time zone"),
        (("joined", "--kind", "signup", "--at", "yesterday"), "at: This is no moment"),
        (("joined", "--kind", "signup", "--at", "2026-02-30T12:00:00Z"), "at: This is no moment"),
        (("joined", "--kind", "signup", "--data", "[]"), "data: This is no JSON object"),
        (("joined", "--kind", "signup", "--data", "{"), "data: This is no JSON object"),
        (("joined", "--kind", "signup", "--data", "[" * 9999), "data: This is no JSON object"),
        (("joined", "--kind", "signup", "--data", '{"a": NaN}'), "data: This is no object that"),
        (("joined",), "--kind"),
    ],
)
def test_what_is_wrong_is_named_as_the_option_is(
    publish: Any, arguments: tuple[str, ...], told: str
) -> None:
    with pytest.raises(CommandError) as refusal:
        publish(*arguments)

    assert told in str(refusal.value)
    assert not Activity.objects.exists()


def test_the_future_is_refused(publish: Any) -> None:
    soon = timezone.now() + timedelta(minutes=1)

    with pytest.raises(CommandError, match="at: This is in the future"):
        publish("joined", "--kind", "signup", "--at", soon.isoformat())


def test_the_help_names_the_kinds_that_are_registered(
    capsys: pytest.CaptureFixture[str], own_kind: str
) -> None:

    with pytest.raises(SystemExit):
        call_command("publish_activity", "--help")

    assert "signup, purchase, campaign, milestone, review" in " ".join(
        capsys.readouterr().out.split()
    )
