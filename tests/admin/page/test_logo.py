"""The upload of the logo in the form of the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from landing.admin.page.logo import StoredLogo
from landing.content.logo import picture
from landing.models import Page
from landing.tables.page import Logo
from tests.admin.page.test_page_admin import ADD, CHANGE, UNCHANGED, editor, errors_of, staff_client
from tests.admin.page.test_preview import DRAFT, PREVIEW
from tests.content.logo.samples import SVG, build_png, draw
from tests.page.markup import Page as Markup

__all__ = ["editor"]

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

PNG = draw("PNG")


def send(client: Client, content: bytes, name: str = "logo.png", address: str = ADD) -> Any:
    upload = SimpleUploadedFile(name, content, "text/html")
    return client.post(address, {**UNCHANGED, "logo_upload": upload})


def logo_in(html: str) -> str:
    (logo,) = (
        each.attributes["src"]
        for each in Markup(html).all("img")
        if "logo" in each.attributes.get("class", "")
    )
    return logo


def test_an_upload_is_stored_by_its_content_and_shown_in_the_form(editor: Client) -> None:
    """The name and the type that a browser sends do not describe the content."""
    assert send(editor, PNG, "evil.svg").status_code == 302
    logo = Logo.objects.get()

    assert (logo.name, bytes(logo.content)) == (picture.parse(PNG).name, PNG)
    assert logo.name.endswith(".png")
    assert Page.objects.get().logo_file == logo
    html = editor.get(CHANGE).content.decode()
    assert "multipart/form-data" in html
    assert f"/brand/logo/{logo.name}" in html
    assert "logo-size.js" in html


def test_saving_without_a_file_keeps_the_stored_one(editor: Client) -> None:
    send(editor, PNG)
    editor.post(CHANGE, {**UNCHANGED, "headline": "Hello"})

    page = Page.objects.get()
    assert (page.headline, page.logo_file_id) == ("Hello", picture.parse(PNG).name)


def test_removing_the_file_returns_to_the_setting(editor: Client, settings: Settings) -> None:
    send(editor, PNG)
    editor.post(CHANGE, {**UNCHANGED, "logo_upload-clear": "on"})

    assert Page.objects.get().logo_file is None


def test_deleting_the_page_deletes_every_file(editor: Client) -> None:
    send(editor, PNG)
    send(editor, SVG, address=CHANGE)
    assert Logo.objects.count() == 2
    editor.post("/admin/landing/page/1/delete/", {"post": "yes"})

    assert not Logo.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        (b"", "logo.png", "The submitted file is empty."),
        (SVG.ljust(101_000), "logo.svg", "Must have at most 100 KB (this file has 101 KB)."),
        (b"<html></html>", "logo.png", "An SVG picture must begin with"),
        (b"Hello", "logo.png", "Must be a PNG, JPEG, WebP, GIF, or SVG picture."),
        (PNG[:60], "logo.png", "The PNG picture is damaged or incomplete."),
        (build_png(b"", 60_000, 60_000), "logo.png", "at most 2000 by 2000 pixels"),
        (build_png(bytes(50_000_000)), "logo.png", "The PNG picture is damaged"),
        (SVG.replace(b"<rect", b"<script/><rect"), "logo.svg", "must not contain <script>"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG, "logo.svg", "must not contain entities"),
    ],
)
def test_a_bad_file_has_one_clear_error_and_is_not_stored(
    editor: Client, content: bytes, name: str, error: str
) -> None:
    for address in (ADD, PREVIEW):
        upload = SimpleUploadedFile(name, content)
        response = editor.post(address, {**DRAFT, "logo_upload": upload})
        if address == PREVIEW:
            assert error in response.content.decode().replace("&lt;", "<").replace("&gt;", ">")
        else:
            ((text,),) = errors_of(response).values()
            assert error in text
    assert not Logo.objects.exists() and not Page.objects.exists()


def test_a_preview_shows_an_upload_that_is_not_saved(editor: Client) -> None:
    send(editor, PNG)
    stored = Page.objects.get().logo_file_id
    upload = SimpleUploadedFile("logo.svg", SVG)

    for values, shown in (
        ({}, f"/brand/logo/{stored}"),
        ({"logo_upload": upload}, picture.parse(SVG).data_url),
        ({"logo_upload-clear": "on", "logo": "/media/acme.svg"}, "/media/acme.svg"),
    ):
        response = editor.post(PREVIEW, {**DRAFT, **values})
        assert logo_in(response.content.decode()) == shown
    assert Page.objects.get().logo_file_id == stored
    assert Logo.objects.count() == 1


def test_the_history_names_the_logo(editor: Client) -> None:
    send(editor, PNG)
    send(editor, SVG, address=CHANGE)
    html = editor.get("/admin/landing/page/1/history/").content.decode()

    assert "Changed Logo." in html


def test_others_see_the_name_and_cannot_upload(editor: Client) -> None:
    send(editor, PNG)
    stored = Page.objects.get().logo_file_id
    client = staff_client("view_page", name="ben")

    assert str(stored) in client.get(CHANGE).content.decode()
    assert send(client, SVG, address=CHANGE).status_code == 403


@pytest.mark.urls("landing.health.urls")
def test_without_a_route_the_file_has_no_address() -> None:
    assert StoredLogo("a.svg").url == ""
