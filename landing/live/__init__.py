"""The live side: sockets, presence, fan-out. It never touches the ORM."""
