"""The content of the page that the owner sets in the admin: brand, texts, and sections.

The row of :class:`landing.models.Page` is the state. Each process has a copy, so that no page needs
a query.
"""
