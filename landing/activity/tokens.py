"""The scope of a publish token: which kinds it may publish."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from ..models import PublishToken
from .kinds import KINDS


def validate_scope(token: PublishToken) -> None:
    """Raise ValidationError if the scope names an unknown kind.

    A revoked token may name a kind that no longer exists.
    """
    unknown = [kind for kind in token.kinds if kind not in KINDS]
    if unknown and not token.revoked:
        message = f"Unknown kinds: {', '.join(unknown)}. Known kinds: {', '.join(KINDS)}."
        raise ValidationError({"scope": message})
