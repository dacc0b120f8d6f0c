"""User models of other projects; a project has one of them."""

from __future__ import annotations

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class MemberManager(BaseUserManager["Member"]):
    def create_staff(self, key: str) -> Member:
        staff = self.model(email=f"{key}@example.org", is_staff=True, is_superuser=True)
        if isinstance(self.model._meta.pk, models.CharField):
            staff.pk = key
        staff.save()
        return staff


class Member(AbstractBaseUser, PermissionsMixin):
    """A user without a name, who logs in with an address."""

    email = models.EmailField(unique=True)
    is_staff = models.BooleanField(default=False)

    objects = MemberManager()

    USERNAME_FIELD = "email"

    class Meta:
        abstract = True


class UuidMember(Member):
    key = models.UUIDField(primary_key=True, default=uuid.uuid4)

    class Meta:
        app_label = "members"
        swappable = "AUTH_USER_MODEL"


class TextMember(Member):
    key = models.CharField(primary_key=True, max_length=200)

    class Meta:
        app_label = "members"
        swappable = "AUTH_USER_MODEL"
