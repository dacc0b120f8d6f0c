"""The examination of a deployment's presence, for ``manage.py presence_doctor``.

It reads and never changes presence.
"""
