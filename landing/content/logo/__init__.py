"""The logo that the owner uploads: checks of its content, its storage, and its address."""
