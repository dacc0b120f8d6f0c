"""The chat: each message reaches everybody in the room."""

from channels.generic.websocket import AsyncJsonWebsocketConsumer

ROOM = "room"


class ChatConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add(ROOM, self.channel_name)
        await self.accept()
        await self.send_json({"user": str(self.scope["user"])})

    async def disconnect(self, code):
        await self.channel_layer.group_discard(ROOM, self.channel_name)

    async def receive_json(self, content):
        await self.channel_layer.group_send(ROOM, {"type": "chat.message", "text": content["text"]})

    async def chat_message(self, event):
        await self.send_json({"text": event["text"]})
