"""The links that show the dashboard without a login."""

from __future__ import annotations

from ..dates import AwareDateTimeField
from .secrets import HashedSecret


class SharedLink(HashedSecret):
    """A link with a secret, which is stored as a hash, like that of a publish token."""

    last_used_at = AwareDateTimeField(null=True, blank=True, editable=False)

    class Meta(HashedSecret.Meta):
        verbose_name = "shared link"
        verbose_name_plural = "shared links"
