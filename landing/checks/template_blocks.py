"""The blocks of a template and of those that it extends."""

from __future__ import annotations

from typing import Any

from django.template import TemplateDoesNotExist, TemplateSyntaxError, loader
from django.template.loader_tags import BlockNode, ExtendsNode

#: The pages of the app extend it, so a project needs no template of its own.
OWN = "live_user_counter/base.html"


def has_block(name: object, block: str) -> bool:
    """Return whether a template has a block itself, or by a template that it extends.

    The name of a template that it extends can be a variable. Nobody knows its blocks then.
    """
    if name == OWN:
        return True
    if not isinstance(name, str) or not name:
        return False
    try:
        found: Any = loader.get_template(name)
    except (OSError, TemplateDoesNotExist, TemplateSyntaxError):
        return False
    # A template of another engine has no such nodes, and no page can extend it.
    nodelist = getattr(getattr(found, "template", None), "nodelist", None)
    return nodelist is not None and _find(nodelist, block)


def _find(nodelist: Any, block: str) -> bool:
    if any(node.name == block for node in nodelist.get_nodes_by_type(BlockNode)):
        return True
    for node in nodelist.get_nodes_by_type(ExtendsNode):
        parent = node.parent_name
        return has_block(parent.var, block) if isinstance(parent.var, str) else True
    return False
