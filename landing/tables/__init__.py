"""Tables beside those of :mod:`landing.models`, which imports them."""

from . import notes, page, rollups, shared_links, stays, summaries

__all__ = ["notes", "page", "rollups", "shared_links", "stays", "summaries"]
