"""The WebSocket routes of the chat. Some servers remove the path of the project, others do not."""

from django.urls import re_path

from .consumers import ChatConsumer

websocket_urlpatterns = [re_path(r"^(?:portal/)?ws/chat/$", ChatConsumer.as_asgi())]
