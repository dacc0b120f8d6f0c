"""Show a saved row in every process, after the commit."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from ..live import worker
from ..live.sync.group import PageChange
from . import current


def publish(*, using: str, **kwargs: Any) -> None:
    """Show the content after the commit. Receiver of ``post_save`` and ``post_delete``."""
    transaction.on_commit(_publish, using=using, robust=True)


def _publish() -> None:
    current.copy.refresh()
    worker.current().publish_change(PageChange())
