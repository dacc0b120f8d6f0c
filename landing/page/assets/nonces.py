"""The nonce of a page's content policy."""

from __future__ import annotations

from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString


def attribute(context: Context) -> SafeString:
    """Return the attribute with the nonce of the page's policy, if the project provides one.

    Django 6 provides it in the context, and django-csp with the request.
    """
    request = getattr(context, "request", None) or context.get("request")
    nonce = context.get("csp_nonce", getattr(request, "csp_nonce", None))
    # Django's nonce is false until a page uses it.
    return SafeString() if nonce is None else format_html(' nonce="{}"', nonce)
