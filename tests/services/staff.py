"""The account in the databases of browser tests."""

from __future__ import annotations

USERNAME = "ana"
PASSWORD = "only-for-tests"
#: For ``manage.py shell``: create the account, sign it in, and print the session key.
CREATE = f"""
from django.contrib.auth import get_user_model
from tests.load.truth.people import new_session
user = get_user_model().objects.create_superuser("{USERNAME}", password="{PASSWORD}")
session = new_session(user)
session.save()
print(session.session_key)
"""
