"""The counter leaves a project with the same names as it was."""

import re

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.template import Context, Template
from django.test import TestCase
from django.urls import reverse

User = get_user_model()
PASSWORD = "a long and odd one"


class OwnNamesTests(TestCase):
    def test_the_home_page_is_that_of_the_project(self):
        page = self.client.get(reverse("home"))
        self.assertTemplateUsed(page, "landing/home.html")
        self.assertContains(page, "Buy our things")
        self.assertContains(page, "&lt;3&gt; things in stock")
        self.assertContains(page, "The shop&#x27;s own header".replace("&#x27;", "'"))
        self.assertContains(page, "<live-user-counter", count=1)

    def test_routes_keep_their_names(self):
        assert reverse("home") == "/"
        assert reverse("docs") == "/docs/"
        assert reverse("landing:home") == "/landing/"
        assert reverse("landing:privacy") == "/landing/privacy/"

    def test_the_tag_library_is_that_of_the_project(self):
        text = Template("{% load landing %}{% headline %}").render(Context())
        assert text == "Buy our things"

    def test_an_unknown_page_is_that_of_the_project(self):
        page = self.client.get("/unknown/")
        self.assertContains(page, "The shop does not have this", status_code=404)
        below = self.client.get("/live/unknown/")
        self.assertContains(below, "The shop does not have this", status_code=404)

    def test_pages_of_the_counter_do_not_need_the_blocks_of_the_base_template(self):
        page = self.client.get(reverse("live_user_counter:privacy"))
        self.assertContains(page, "</html>")
        assert len(re.sub(r"<[^>]*>|\s", "", page.content.decode())) > 500


class AccountTests(TestCase):
    def setUp(self):
        self.user = User.objects.create_superuser("ana@example.com", PASSWORD)

    def test_a_user_with_an_email_address_and_a_uuid_logs_in_and_sees_the_number(self):
        form = {"username": self.user.email, "password": PASSWORD}
        answer = self.client.post(reverse("login"), form, follow=True)
        self.assertContains(answer, "<live-user-counter", count=1)

    def test_a_new_user_can_be_announced_without_a_name(self):
        User.objects.create_user("ben@example.com", PASSWORD)

    def test_the_admin_is_that_of_the_project(self):
        self.client.force_login(self.user)
        start = self.client.get("/admin/")
        self.assertContains(start, "The shop's own brand")
        self.assertContains(start, "The shop's own start page")
        assert type(admin.site).__mro__[0].__name__ == "DefaultAdminSite"
        self.assertContains(start, "/admin/landing/page/")
        self.assertContains(start, "/admin/accounts/user/")

    def test_every_list_of_the_counter_can_be_opened_and_searched(self):
        self.client.force_login(self.user)
        start = self.client.get("/admin/").content.decode()
        lists = set(re.findall(r'href="(/admin/live_user_counter/\w+/)"', start))
        assert lists
        for address in lists:
            for query in ("", "?q=ana"):
                answer = self.client.get(address + query, follow=True)
                self.assertContains(answer, "The shop's own brand")

    def test_the_dashboard_and_the_live_map_have_the_brand_of_the_project(self):
        self.client.force_login(self.user)
        for name in ("dashboard", "live_map"):
            answer = self.client.get(reverse(f"admin:live_user_counter_{name}"))
            self.assertContains(answer, "The shop's own brand")
