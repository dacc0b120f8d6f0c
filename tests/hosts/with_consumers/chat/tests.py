"""The elements use the addresses and the language of the page."""

import re

from django.test import TestCase
from django.urls import reverse


class PageTests(TestCase):
    def test_the_elements_use_the_addresses_below_the_path(self):
        assert reverse("live_user_counter:ws") == "/portal/live/ws/"
        page = self.client.get("/de/").content.decode()
        assert 'socket="/portal/live/ws/"' in page
        assert 'stats="/portal/live/stats/"' in page
        for address in re.findall(r'(?:src|href)="(/[^"]+)"', page):
            assert address.startswith("/portal/"), address

    def test_the_texts_are_in_the_language_of_the_page(self):
        self.assertContains(self.client.get("/de/"), "Gerade aktive")
