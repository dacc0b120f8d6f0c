"""The admin's dashboard.

``ranges`` reads the range of days from the request. ``queries`` reads the tables, and
``data_cache`` keeps the result for a minute; ``background`` reads what may take long. ``charts``,
``axes``, ``geometry``, ``tiles``, and ``changes`` turn data into texts and shapes. ``views`` is the
page. The current numbers come from :mod:`landing.stats`.
"""
