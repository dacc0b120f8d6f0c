"""The model admins in an admin site that has another name than Django's."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin import AdminSite, ModelAdmin
from django.test import Client

from landing.admin import ADMINS, register
from landing.models import Activity, Analytics
from landing.tables.notes import ChartNote

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin.urls_of_own_site")]

ROOT = "/backoffice/landing/"
NOTE = {"at_0": "2026-01-31", "at_1": "12:00:00", "text": "A deploy"}
ACTIVITY = {
    "kind": "signup",
    "actor": "Ana",
    "text": "joined",
    "data": "",
    "external_id": "",
    "created_at_0": "",
    "created_at_1": "",
}
LINK = re.compile(r"""(?:href|action|formaction)="(/[^"]*)\"""")


@pytest.mark.parametrize(
    "page",
    ["analytics/", "analytics/dashboard/", "analytics/live/", "activity/", "activity/add/"]
    + ["chartnote/", "chartnote/add/", "sharedlink/", "publishtoken/", "countsample/"],
)
def test_the_links_of_a_page_stay_in_its_site(page: str, admin_client: Client) -> None:
    answer = admin_client.get(ROOT + page)
    assert answer.status_code in (200, 202)
    links = [each for each in LINK.findall(answer.content.decode()) if "/static/" not in each]
    assert links
    outside = {each for each in links if not each.startswith(("/backoffice/", "/live/"))}
    assert outside <= {"/"}, "the link to the site itself"


def test_forms_return_to_their_site(admin_client: Client) -> None:
    added = admin_client.post(f"{ROOT}chartnote/add/?dashboard=range%3D7d", NOTE)
    assert added["Location"] == f"{ROOT}analytics/dashboard/?range=7d"
    published = admin_client.post(f"{ROOT}activity/add/", ACTIVITY)
    key = Activity.objects.get().pk
    assert published["Location"] == f"{ROOT}activity/{key}/change/"
    hidden = admin_client.post(f"{ROOT}activity/{key}/hide/")
    assert hidden["Location"] == f"{ROOT}activity/{key}/change/"
    assert ChartNote.objects.get().author is not None


def test_a_site_may_have_a_part_of_the_tables(admin_client: Client) -> None:
    """The dashboard then has no links to the others."""
    from landing.admin.dashboard import views

    small = AdminSite(name="small")
    small.register(Analytics, ADMINS[Analytics])
    request = admin_client.get(f"{ROOT}analytics/").wsgi_request
    access = views._find_access(_named(small), request)
    assert (access.add_note_url, access.share_url, access.may_edit_notes) == ("", "", False)


def _named(site: AdminSite) -> AdminSite:
    """Give the site a name that the routes have."""
    site.name = "backoffice"
    return site


def test_a_site_keeps_its_own_model_admins() -> None:
    class OwnAdmin(ModelAdmin):  # type: ignore[type-arg]  # takes none at run time
        pass

    site = AdminSite(name="own")
    site.register(Analytics, OwnAdmin)
    register(site)
    assert isinstance(site.get_model_admin(Analytics), OwnAdmin)
    assert site.is_registered(Activity)
