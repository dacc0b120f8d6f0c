"""``{% load live_user_counter_page %}``: the brand, the content, and helpers of whole pages.

These names are shorter and more common than those of ``live_user_counter``, so templates of a
project do not load them.
"""

from __future__ import annotations

from django import template
from django.template import Context
from django.template.base import NodeList, Parser, Token
from django.utils.safestring import SafeString, mark_safe

from ..brand.current import Brand, current
from ..content.current import current as current_content
from ..content.values import Content
from ..page import formatting
from ..page.assets import scripts, styles
from ..privacy import stored

register = template.Library()


@register.simple_tag
def landing_brand() -> Brand:
    """Return the name, the texts, and the pictures of the site."""
    return current()


@register.simple_tag
def landing_content() -> Content:
    """Return what the owner chose in the admin: the sections, the button, and more."""
    return current_content()


@register.simple_tag
def landing_privacy() -> stored.Stored:
    """Return what the privacy page states about the stored data."""
    return stored.current()


class Capture(template.Node):
    """Renders its content, and keeps it as a variable for the rest of the page."""

    def __init__(self, variable: str, nodelist: NodeList) -> None:
        self.variable = variable
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        content = self.nodelist.render(context)
        # The content is escaped for a text. The variable may also be used in an attribute.
        context.dicts[0][self.variable] = mark_safe(content.strip().replace('"', "&quot;"))  # noqa: S308
        return content


@register.tag
def capture(parser: Parser, token: Token) -> Capture:
    """Render the content of ``{% capture name %}``, and keep it as a variable."""
    _, variable = token.split_contents()
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return Capture(variable, nodelist)


@register.filter
def grouped(value: int | None) -> str:
    """Return the number as the counter shows it; a dash for None."""
    return formatting.number(value)


@register.simple_tag(takes_context=True)
def counter_page_styles(context: Context) -> SafeString:
    """Load the styles of the pages about privacy and of shared links."""
    return styles.pages(context)


@register.simple_tag(takes_context=True)
def counter_link_script(context: Context) -> SafeString:
    """Load the script that opens a shared link."""
    return scripts.of_shared_link(context)
