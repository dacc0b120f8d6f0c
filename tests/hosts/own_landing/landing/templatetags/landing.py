"""The project's own tag library."""

from django import template

register = template.Library()


@register.simple_tag
def headline():
    return "Buy our things"


@register.filter
def grouped(value):
    return f"<{value}>"
