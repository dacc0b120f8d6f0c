"""The chat and the counter share one application."""

import re

from channels.testing import WebsocketCommunicator
from django.test import TransactionTestCase
from django.urls import reverse
from mysite.asgi import application


class SocketTests(TransactionTestCase):
    def connect(self, path):
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
        return WebsocketCommunicator(application, path, headers)

    async def test_the_chat_receives_its_messages(self):
        chat = self.connect("/portal/ws/chat/")
        assert await chat.connect() == (True, None)
        assert await chat.receive_json_from() == {"user": "AnonymousUser"}
        await chat.send_json_to({"text": "hello"})
        assert await chat.receive_json_from() == {"text": "hello"}
        await chat.disconnect()

    async def test_another_path_is_an_error_of_the_project(self):
        with self.assertRaisesMessage(ValueError, "No route found"):
            await self.connect("/portal/ws/unknown/").connect()


class PageTests(TransactionTestCase):
    def test_the_elements_use_the_addresses_below_the_path(self):
        assert reverse("live_user_counter:ws") == "/portal/live/ws/"
        page = self.client.get("/de/").content.decode()
        assert 'socket="/portal/live/ws/"' in page
        assert 'stats="/portal/live/stats/"' in page
        for address in re.findall(r'(?:src|href)="(/[^"]+)"', page):
            assert address.startswith("/portal/"), address

    def test_the_texts_are_in_the_language_of_the_page(self):
        self.assertContains(self.client.get("/de/"), "Gerade aktive")
