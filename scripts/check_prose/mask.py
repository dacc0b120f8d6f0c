"""Hide code, links, and quotations, so that rules see prose only."""

from __future__ import annotations

import re

#: Stands for hidden text. It counts as one word and matches no rule.
PLACEHOLDER = "\N{REPLACEMENT CHARACTER}"

_HIDDEN = re.compile(
    r"``.+?``"  # reStructuredText literals
    r"|:\w+:`[^`]+`"  # roles
    r"|`[^`]+`"  # code spans
    r"|\]\([^)\s]+\)"  # targets of links
    r"|https?://\S+"
    r"|<[^<>\s][^<>]*>"  # tags
    r'|"[^"]{1,200}"'
    r"|“[^”]{1,200}”"
    r"|\{\{.*?\}\}"  # template variables
    r"|%\(\w+\)[sd]|%[sd]"
    r"|\{[\w.!:,%]*\}",
    re.DOTALL,
)


def mask(text: str) -> str:
    """Return the text with hidden parts replaced. Line breaks and length stay."""
    return _HIDDEN.sub(lambda match: re.sub(r"[^\n]", PLACEHOLDER, match[0]), text)
