"""Rows with a secret that is shown once and stored as a hash: tokens and shared links.

A key is ``prefix.secret``. The prefix finds the row, and the hash of the whole key verifies it.
Columns and hashes are those of djangorestframework-api-key, which created the keys of version
0.2.0, so these stay valid.
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.crypto import constant_time_compare, get_random_string

from ..dates import AwareDateTimeField, to_aware, utc_now

PREFIX_LENGTH, SECRET_LENGTH = 8, 32
#: A secret has 190 random bits, so one round without a salt suffices.
ALGORITHM = "sha512$$"

Row = TypeVar("Row", bound="HashedSecret")


def hash_key(key: str) -> str:
    """Return the stored form of a key."""
    return f"{ALGORITHM}{hashlib.sha512(key.encode()).hexdigest()}"


class SecretManager(models.Manager[Row]):
    """Creates rows with new keys, and finds the row of a key."""

    def assign_key(self, row: Row) -> str:
        """Give a new row its key, and return the key, which is known only now."""
        row.prefix = get_random_string(PREFIX_LENGTH)
        key = f"{row.prefix}.{get_random_string(SECRET_LENGTH)}"
        row.hashed_key = hash_key(key)
        row.pk = f"{row.prefix}.{row.hashed_key}"
        return key

    def create_key(self, **columns: Any) -> tuple[Row, str]:
        """Save a new row, and return it with its key, which is known only now."""
        row = self.model(**columns)
        key = self.assign_key(row)
        row.save(force_insert=True)
        return row, key

    def find_usable(self, prefix: str) -> Row | None:
        """Return the row with this prefix, unless it is revoked or expired."""
        row = self.filter(prefix=prefix, revoked=False).first()
        return None if row is None or row.has_expired else row


class HashedSecret(models.Model):
    """One secret, which works until it is revoked or expires."""

    id = models.CharField(max_length=150, unique=True, primary_key=True, editable=False)
    prefix = models.CharField(max_length=PREFIX_LENGTH, unique=True, editable=False)
    hashed_key = models.CharField(max_length=150, editable=False)
    created = AwareDateTimeField(auto_now_add=True, db_index=True)
    # Without a default, a row that lacks a name would have an empty one.
    name = models.CharField(max_length=50, default=None, help_text="The name in the list.")
    revoked = models.BooleanField(
        default=False, blank=True, help_text="It stops working at once. This cannot be undone."
    )
    expiry_date = AwareDateTimeField(
        "Expires", null=True, blank=True, help_text="If empty, it works until it is revoked."
    )

    objects: SecretManager[Any] = SecretManager()

    class Meta:
        abstract = True
        ordering = ("-created",)

    def __str__(self) -> str:
        return self.name

    def save(self, **options: Any) -> None:
        self._validate_revocation()
        super().save(**options)

    @property
    def has_expired(self) -> bool:
        """Whether the time of ``expiry_date`` is over."""
        return self.expiry_date is not None and to_aware(self.expiry_date) < utc_now()

    def is_valid(self, key: str) -> bool:
        """Return whether the key is that of this row. The comparison takes the same time.

        Old rows may have a slow hash of Django. The first valid key replaces it.
        """
        if self.hashed_key.startswith(ALGORITHM):
            return constant_time_compare(self.hashed_key, hash_key(key))
        if not check_password(key, self.hashed_key):
            return False
        self.hashed_key = hash_key(key)
        # Only this column: the row may have been revoked since it was read.
        type(self).objects.filter(pk=self.pk).update(hashed_key=self.hashed_key)
        return True

    def clean(self) -> None:
        self._validate_revocation()

    def _validate_revocation(self) -> None:
        """Raise ValidationError if this would make a revoked row valid again."""
        if self.revoked or self._state.adding:
            return
        if type(self).objects.filter(pk=self.pk, revoked=True).exists():
            raise ValidationError("A revoked secret stays revoked. Create a new one.")
