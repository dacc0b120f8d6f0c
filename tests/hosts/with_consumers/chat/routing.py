"""The WebSocket routes of the chat."""

from django.urls import path

from .consumers import ChatConsumer

websocket_urlpatterns = [path("portal/ws/chat/", ChatConsumer.as_asgi())]
