"""People by page over time: :mod:`.storage` writes samples, and :mod:`.history` reads them."""
