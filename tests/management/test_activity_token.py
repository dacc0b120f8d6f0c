"""The command that manages publish tokens."""

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
    """Run the command and return its standard output and standard error."""
    out, errors = io.StringIO(), io.StringIO()
    call_command("activity_token", *arguments, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


def status(key: str, kind: str = "signup") -> int:
    response = Client().post(
        "/api/landing/activities/",
        {"kind": kind, "text": "joined"},
        content_type="application/json",
        headers={"Authorization": f"Api-Key {key}"},
    )
    return response.status_code


def test_create_prints_only_the_key_to_standard_output() -> None:
    key, errors = run("create", "crm")

    assert re.fullmatch(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}\n", key)
    assert "'crm'. It is shown only once" in errors
    assert key.strip() not in errors
    assert status(key.strip()) == 201


def test_the_secret_part_is_not_stored() -> None:
    key, _ = run("create", "crm")
    _, _, secret = key.strip().partition(".")

    assert secret not in repr(PublishToken.objects.values().get())
    assert secret not in "".join(run("list"))


def test_a_scope_limits_the_kinds() -> None:
    key = run("create", "crm", "--scope", "signup, purchase")[0].strip()

    assert [status(key, kind) for kind in ("signup", "purchase", "campaign")] == [201, 201, 403]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("crm", "--scope", "signup,unheard-of"),
            "Unknown kinds: unheard-of. Known kinds: signup,",
        ),
        (("x" * 51,), "name: Ensure this value has at most 50 characters"),
        (("",), "name: This field cannot be blank."),
        (("crm", "--scope", "signup," * 40), "scope: Ensure this value has at most 200"),
    ],
)
def test_an_error_names_the_field(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError) as caught:
        run("create", *arguments)

    assert message in str(caught.value)
    assert not PublishToken.objects.exists()


def test_the_list_has_the_scope_and_the_last_use() -> None:
    expired = timezone.now() - timedelta(days=1)
    tokens = [
        PublishToken.objects.create_key(name="crm", scope="signup,purchase", last_used_at=NOON)[0],
        PublishToken.objects.create_key(name="shop", revoked=True)[0],
        PublishToken.objects.create_key(name="old", expiry_date=expired)[0],
    ]
    PublishToken.objects.update(created=NOON)

    lines = run("list")[0].splitlines()

    first, second, third = (token.prefix for token in tokens)
    assert sorted(lines) == sorted(
        [
            f"{first}  crm; may publish signup, purchase; created 2026-01-31; "
            "last used 2026-01-31 12:00 UTC",
            f"{second}  shop; may publish all kinds; created 2026-01-31; never used; revoked",
            f"{third}  old; may publish all kinds; created 2026-01-31; never used; expired",
        ]
    )


def test_the_list_of_no_tokens_is_empty() -> None:
    assert run("list") == ("", "")


@pytest.mark.parametrize("part", ["prefix", "key"])
def test_revoke_accepts_the_prefix_or_the_whole_key(part: str) -> None:
    key = run("create", "crm")[0].strip()
    given = key if part == "key" else key.partition(".")[0]

    assert run("revoke", given)[0] == "Revoked 'crm'.\n"
    assert status(key) == 401
    assert run("revoke", given)[0] == "Revoked 'crm'.\n"


def test_revoking_an_unknown_token_fails_without_printing_the_secret() -> None:
    with pytest.raises(CommandError) as caught:
        run("revoke", "abcdefgh.secret")

    assert str(caught.value) == "No token has the prefix 'abcdefgh'. See activity_token list."


@pytest.mark.parametrize("arguments", [(), ("steal",), ("create",), ("revoke",)])
def test_invalid_arguments_fail(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
