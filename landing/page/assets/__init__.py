"""The style sheet and the scripts of the elements: their addresses, and the tags that load them."""
