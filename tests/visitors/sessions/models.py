"""A user model of another site, for the program in ``custom_user.py`` only."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class Person(AbstractBaseUser):
    """A UUID is the key. A new ``generation`` signs the user out everywhere."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)
    generation = models.IntegerField(default=0)

    USERNAME_FIELD = "email"

    class Meta:
        app_label = "people"

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        inherited: Any = super()
        return f"{inherited._get_session_auth_hash(secret)}-{self.generation}"
