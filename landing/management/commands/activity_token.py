"""``manage.py activity_token``: make, list and revoke the tokens of services that publish."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...activity.tokens import validate_scope
from ...models import PublishToken


class Command(BaseCommand):
    help = "Tokens for POST /api/landing/activities/. A token is shown once, when it is made."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make one and print it")
        create.add_argument("name", help="what it is for")
        create.add_argument(
            "--scope", default="", help="kinds that it may publish, separated by commas"
        )
        actions.add_parser("list", help="all of them, without the secret part")
        revoke = actions.add_parser("revoke", help="refuse it from now on")
        revoke.add_argument("prefix", help="its part before the point")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options.pop('action')}")(**options)

    def _create(self, name: str, scope: str, **options: Any) -> None:
        token = PublishToken(name=name, scope=scope)
        try:
            token.clean_fields(exclude=("id", "prefix", "hashed_key"))
            validate_scope(token)
        except ValidationError as error:
            wrong = error.message_dict.items()
            told = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in wrong)
            raise CommandError(told) from error
        key = PublishToken.objects.assign_key(token)
        token.save(force_insert=True)
        # Alone on standard output, so that a script can take it.
        self.stderr.write(f"Token {name!r}, shown this once; send it as Authorization: Api-Key …")
        self.stdout.write(key)

    def _list(self, **options: Any) -> None:
        for token in PublishToken.objects.order_by("created"):
            used_at = token.last_used_at
            facts = (
                token.name,
                f"may publish {', '.join(token.kinds) or 'every kind'}",
                f"made {token.created:%Y-%m-%d}",
                f"last used {used_at:%Y-%m-%d %H:%M} UTC" if used_at else "never used",
                *(["revoked"] if token.revoked else []),
                *(["expired"] if token.has_expired else []),
            )
            self.stdout.write(f"{token.prefix}  {'; '.join(facts)}")

    def _revoke(self, prefix: str, **options: Any) -> None:
        # All of it may be given: the secret part is not said again.
        prefix = prefix.partition(".")[0]
        token = PublishToken.objects.filter(prefix=prefix).first()
        if token is None:
            raise CommandError(f"There is no token that begins with {prefix!r}.")
        token.revoked = True
        token.save(update_fields=("revoked",))
        self.stdout.write(f"Revoked {token.name!r}.")
