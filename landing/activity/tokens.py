"""The scope of a publish token: which kinds it may publish."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from ..models import PublishToken
from . import kinds


def validate_scope(token: PublishToken) -> None:
    """Raise ValidationError if the scope names an unknown kind.

    A revoked token may name a kind that no longer exists.
    """
    known = kinds.known()
    unknown = [kind for kind in token.kinds if kind not in known]
    if unknown and not token.revoked:
        message = f"Unknown: {', '.join(unknown)}. Known: {', '.join(known)}."
        raise ValidationError({"scope": message})
