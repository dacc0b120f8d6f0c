"""The admin's dashboard.

``queries`` reads the tables and ``data_cache`` keeps the result for a minute. ``charts``,
``axes``, ``geometry``, and ``tiles`` turn data into texts and shapes. ``views`` is the page.
The current numbers come from :mod:`landing.stats`.
"""
