from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from landing.models import PublishToken

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def run(*arguments: str) -> tuple[str, str]:
    """What the command says on standard output, and beside it."""
    out, beside = io.StringIO(), io.StringIO()
    call_command("activity_token", *arguments, stdout=out, stderr=beside)
    return out.getvalue(), beside.getvalue()


def status(key: str, kind: str = "signup") -> int:
    answer = Client().post(
        "/api/landing/activities/",
        {"kind": kind, "text": "joined"},
        content_type="application/json",
        headers={"Authorization": f"Api-Key {key}"},
    )
    return answer.status_code


def test_a_new_token_is_alone_on_standard_output_and_opens_the_api() -> None:
    key, beside = run("create", "crm")

    assert re.fullmatch(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}\n", key)
    assert "'crm', shown this once" in beside
    assert key.strip() not in beside
    assert status(key.strip()) == 201


def test_only_a_hash_of_it_is_kept() -> None:
    key, _ = run("create", "crm")
    _, _, secret = key.strip().partition(".")

    assert secret not in repr(PublishToken.objects.values().get())
    assert secret not in "".join(run("list"))


def test_a_scope_limits_it_to_kinds() -> None:
    key = run("create", "crm", "--scope", "signup, purchase")[0].strip()

    assert [status(key, kind) for kind in ("signup", "purchase", "campaign")] == [201, 201, 403]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("crm", "--scope", "signup,unheard-of"), "Unknown: unheard-of. Known: signup,"),
        (("x" * 51,), "name: Ensure this value has at most 50 characters"),
        (("",), "name: This field cannot be blank."),
        (("crm", "--scope", "signup," * 40), "scope: Ensure this value has at most 200"),
    ],
)
def test_what_is_wrong_is_named(arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run("create", *arguments)

    assert told in str(refusal.value)
    assert not PublishToken.objects.exists()


def test_the_list_says_what_each_may_and_when_it_was_used() -> None:
    expired = timezone.now() - timedelta(days=1)
    tokens = [
        PublishToken.objects.create_key(name="crm", scope="signup,purchase", last_used_at=NOON)[0],
        PublishToken.objects.create_key(name="shop", revoked=True)[0],
        PublishToken.objects.create_key(name="old", expiry_date=expired)[0],
    ]
    PublishToken.objects.update(created=NOON)

    said = run("list")[0].splitlines()

    first, second, third = (token.prefix for token in tokens)
    assert sorted(said) == sorted(
        [
            f"{first}  crm; may publish signup, purchase; made 2026-01-31; "
            "last used 2026-01-31 12:00 UTC",
            f"{second}  shop; may publish every kind; made 2026-01-31; never used; revoked",
            f"{third}  old; may publish every kind; made 2026-01-31; never used; expired",
        ]
    )


def test_without_any_the_list_is_empty() -> None:
    assert run("list") == ("", "")


@pytest.mark.parametrize("part", ["prefix", "key"])
def test_a_token_is_revoked_by_its_prefix_or_all_of_it(part: str) -> None:
    key = run("create", "crm")[0].strip()
    given = key if part == "key" else key.partition(".")[0]

    assert run("revoke", given)[0] == "Revoked 'crm'.\n"
    assert status(key) == 401
    assert run("revoke", given)[0] == "Revoked 'crm'.\n"


def test_what_is_no_token_cannot_be_revoked_and_is_not_repeated() -> None:
    with pytest.raises(CommandError) as refusal:
        run("revoke", "abcdefgh.secret")

    assert str(refusal.value) == "There is no token that begins with 'abcdefgh'."


@pytest.mark.parametrize("arguments", [(), ("steal",), ("create",), ("revoke",)])
def test_it_takes_one_of_three_actions(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
