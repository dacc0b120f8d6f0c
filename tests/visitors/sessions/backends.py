"""Authentication backends and session engines of other people, for the tests."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions


class DirectoryBackend(BaseBackend):
    """Asks a directory for each user, as an LDAP or OAuth backend may."""

    asked: ClassVar[list[Any]] = []
    gone: ClassVar[set[Any]] = set()

    def get_user(self, user_id: Any) -> Any:
        self.asked.append(user_id)
        if user_id in self.gone:
            return None
        return get_user_model().objects.filter(pk=user_id).first()


class SuspendingBackend(ModelBackend):
    """Rejects suspended users in its own way."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and user.last_name != "Suspended"


class BrokenBackend(ModelBackend):
    def get_user(self, user_id: Any) -> Any:
        raise TimeoutError("the directory does not answer")


class SessionStore(DatabaseSessions):
    """Reads sessions in its own way, so each must be read by this class."""

    loads: ClassVar[int] = 0

    def load(self) -> Any:
        type(self).loads += 1
        return super().load()
