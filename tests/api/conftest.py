from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.api.activity_client import client_with, create_token


@pytest.fixture
def service(db: None) -> Client:
    """Return a client with a token for every kind."""
    return client_with(create_token()[1])


@pytest.fixture
def staff(django_user_model: type[User]) -> User:
    user = django_user_model.objects.create_user("eva", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="add_activity"))
    return user
