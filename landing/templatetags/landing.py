"""``{% load landing %}``: the older name of both libraries with tags for pages.

The package leaves it out, because a project may have a tag library of that name.
"""

from __future__ import annotations

from django import template

from . import live_user_counter, live_user_counter_page

register = template.Library()

for library in (live_user_counter.register, live_user_counter_page.register):
    register.tags.update(library.tags)
    register.filters.update(library.filters)
