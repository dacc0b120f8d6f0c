"""Tests of the project after the installation of the counter."""

import re

from django.contrib.auth.models import User
from django.test import Client, TestCase
from django.urls import reverse


class CounterTests(TestCase):
    def test_the_page_has_the_number_its_script_and_its_styles(self):
        page = self.client.get("/").content.decode()
        assert page.count("<live-user-counter") == 1
        files = re.findall(r'(?:src|href)="(/[^"]+)"', page)
        assert len(files) == 2, files
        for file in files:
            assert self.client.get(file).status_code == 200, file

    def test_the_page_works_for_a_visitor_without_cookies(self):
        assert self.client.get("/").cookies.keys() == set()

    def test_the_numbers_are_json(self):
        answer = self.client.get("/live/stats/")
        assert answer.status_code == 200
        assert "people" in answer.json()["online"]

    def test_the_address_of_the_socket_is_no_page(self):
        assert self.client.get(reverse("live_user_counter:ws")).status_code == 426

    def test_the_privacy_page_is_complete(self):
        page = self.client.get(reverse("live_user_counter:privacy"))
        self.assertContains(page, "</html>")


class AdminTests(TestCase):
    def setUp(self):
        user = User.objects.create_superuser("ana", "ana@example.com", "a long and odd one")
        self.client.force_login(user)

    def test_every_list_and_every_form_of_the_counter_opens(self):
        start = self.client.get("/admin/").content.decode()
        lists = set(re.findall(r'href="(/admin/live_user_counter/\w+/)"', start))
        assert lists
        for address in lists:
            assert self.client.get(address, follow=True).status_code == 200, address
        for address in re.findall(r'href="(/admin/live_user_counter/\w+/add/)"', start):
            assert self.client.get(address, follow=True).status_code == 200, address

    def test_the_dashboard_and_the_live_map_open(self):
        for name in ("dashboard", "live_map"):
            address = reverse(f"admin:live_user_counter_{name}")
            assert self.client.get(address, follow=True).status_code == 200, address

    def test_the_admin_of_the_project_is_unchanged(self):
        self.assertContains(self.client.get("/admin/"), "Django administration")
        self.assertContains(Client().get("/admin/login/"), "Django administration")
