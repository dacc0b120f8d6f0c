"""Times in the forms of notes, shared links, and tokens."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

from landing.models import PublishToken
from landing.tables.notes import ChartNote
from landing.tables.shared_links import SharedLink

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("day", "clock", "zone"),
    [("9999-12-31", "23:00:00", "America/New_York"), ("0001-01-01", "00:10:00", "Europe/Berlin")],
)
def test_a_mistyped_year_is_an_error_of_the_form(
    admin_client: Client, day: str, clock: str, zone: str
) -> None:
    note = {"at_0": day, "at_1": clock, "text": "Newsletter 12"}
    link = {"expiry_date_0": day, "expiry_date_1": clock, "name": "board"}
    token = {**link, "scope": "signup"}

    with override_settings(TIME_ZONE=zone):
        for model, data in (("chartnote", note), ("sharedlink", link), ("publishtoken", token)):
            html = admin_client.post(f"/admin/landing/{model}/add/", data).content.decode()
            assert "Enter a year from 1971 to 2999." in html

    assert not any(model.objects.exists() for model in (ChartNote, SharedLink, PublishToken))
