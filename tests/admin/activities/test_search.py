"""The search of the list of activities: by name, text, or the whole external id."""

from __future__ import annotations

import pytest
from django.test import Client

from landing.admin.activities import search
from tests.admin.activities.rows import LIST, create_activity, list_rows

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


@pytest.mark.parametrize("id", ["crm-1", "order 42", 'a "b" \'c', "Zoë/1"])
def test_search_finds_the_whole_external_id(admin_client: Client, id: str) -> None:
    create_activity(external_id=f"{id}0")
    wanted = create_activity(external_id=id)

    assert list_rows(admin_client, q=f" {id} ") == [wanted]
    assert list_rows(admin_client, q=id[:-1]) == []


@pytest.mark.parametrize(
    "term", ["ana", "María", "yearly plan", "plan yearly", "  maría   BOUGHT ", "100%", "a_b"]
)
def test_search_finds_each_word_in_name_or_text(admin_client: Client, term: str) -> None:
    create_activity(1, actor="Eva", text="bought the monthly plan, 100 aab")
    wanted = create_activity(actor="Ana María", text="bought the yearly plan: 100% a_b")

    assert list_rows(admin_client, q=term) == [wanted]


def test_search_combines_with_filters(admin_client: Client) -> None:
    create_activity(1, kind="signup", text="bought")
    wanted = create_activity(0, kind="purchase", text="bought")
    create_activity(2, kind="purchase", text="joined")

    assert list_rows(admin_client, q="bought", kind="purchase") == [wanted]


def test_a_long_term_keeps_its_last_words_together(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MAX_WORDS", 2)
    create_activity(1, text="one three two")
    wanted = create_activity(text="two three one")

    assert list_rows(admin_client, q="one two three") == [wanted]
    assert list_rows(admin_client, q="one " * 2_000) == []


def test_search_reads_the_newest_activities_of_the_filtered_list(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MAX_READ", 2)
    old, new = (create_activity(seconds, kind="purchase") for seconds in (0, 60))
    newest = create_activity(90)
    create_activity(30)

    assert list_rows(admin_client, q="joined") == [newest, new]
    assert list_rows(admin_client, q="joined", kind="purchase") == [new, old]


def test_the_search_box_states_what_it_finds(admin_client: Client) -> None:
    page = admin_client.get(LIST).content.decode()

    assert "Search by name and text, or by the whole external ID." in page
    assert "Finds the newest 50,000 activities" in page
