"""Check the prose of the project: ``python -m scripts.check_prose [PATH ...]``.

Reads documents, docstrings, comments, messages, and names of tests. :mod:`.rules` holds the
forms that it reports, :mod:`.extract` finds the prose in a file, :mod:`.mask` hides code and
quotations, and :mod:`.documents` checks headings and the length of sentences.
"""
