"""``manage.py activity_token``: create, list, and revoke tokens of services that publish."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...activity.tokens import validate_scope
from ...models import PublishToken


class Command(BaseCommand):
    """Manage publish tokens. Each action is a method of its name."""

    help = "Manage tokens for publishing activities over the API. A token is printed only once."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="create a token and print it")
        create.add_argument("name", help="name of the service")
        create.add_argument(
            "--scope",
            default="",
            help="kinds that the token may publish, comma-separated (default: all)",
        )
        actions.add_parser("list", help="list all tokens without their secrets")
        revoke = actions.add_parser("revoke", help="revoke a token")
        revoke.add_argument("prefix", help="the part of the token before the dot")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options.pop('action')}")(**options)

    def _create(self, name: str, scope: str, **options: Any) -> None:
        token = PublishToken(name=name, scope=scope)
        try:
            token.clean_fields(exclude=("id", "prefix", "hashed_key"))
            validate_scope(token)
        except ValidationError as error:
            errors = error.message_dict.items()
            message = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in errors)
            raise CommandError(message) from error
        key = PublishToken.objects.assign_key(token)
        token.save(force_insert=True)
        # Only the key goes to standard output, so that scripts can capture it.
        self.stderr.write(
            f"Token {name!r}. It is shown only once. Send it as: Authorization: Api-Key …"
        )
        self.stdout.write(key)

    def _list(self, **options: Any) -> None:
        for token in PublishToken.objects.order_by("created"):
            used_at = token.last_used_at
            details = (
                token.name,
                f"may publish {', '.join(token.kinds) or 'all kinds'}",
                f"created {token.created:%Y-%m-%d}",
                f"last used {used_at:%Y-%m-%d %H:%M} UTC" if used_at else "never used",
                *(["revoked"] if token.revoked else []),
                *(["expired"] if token.has_expired else []),
            )
            self.stdout.write(f"{token.prefix}  {'; '.join(details)}")

    def _revoke(self, prefix: str, **options: Any) -> None:
        # Accept the whole key too, but never print its secret part.
        prefix = prefix.partition(".")[0]
        token = PublishToken.objects.filter(prefix=prefix).first()
        if token is None:
            raise CommandError(f"No token has the prefix {prefix!r}. See activity_token list.")
        token.revoked = True
        token.save(update_fields=("revoked",))
        self.stdout.write(f"Revoked {token.name!r}.")
