"""How static files are named in production: by a hash of what is in them."""

from __future__ import annotations

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names, also inside ``import`` statements of ES modules.

    Django finds only statements that end in a semicolon; one without would go on
    naming the unhashed file.
    """

    support_js_module_import_aggregation = True
