"""The style sheet of the elements, once per page: with the first tag, or earlier in the head."""

from __future__ import annotations

from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ..brand.current import current

#: The style sheet of all elements.
STYLES = "live_user_counter/live-user-counter.css"
#: Where a page keeps the addresses of the sheets that it has.
_LINKED = "_live_styles"


def link_styles(context: Context) -> SafeString:
    """Return the ``<link>`` elements that the page does not have yet."""
    return _link(context, static(STYLES), current().accent_url)


def _link(context: Context, *urls: str) -> SafeString:
    # This dictionary lasts as long as the page, also in a template that is included with "only".
    page = context.render_context.dicts[0]
    linked: list[str] = page.setdefault(_LINKED, [])
    missing = [url for url in urls if url and url not in linked]
    linked += missing
    nonce = _nonce(context)
    return format_html_join(
        "", '<link rel="stylesheet" href="{}"{}>', ((url, nonce) for url in missing)
    )


def _nonce(context: Context) -> SafeString | str:
    """Return the attribute for a content policy that allows styles by a nonce only."""
    nonce = context.get("csp_nonce")
    return format_html(' nonce="{}"', nonce) if nonce is not None else ""
