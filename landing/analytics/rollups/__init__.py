"""Rollups: count analytics rows by day, so that the dashboard reads no long range row by row.

:mod:`.counting` counts new rows in the order of their keys, each once. :mod:`.deletion` subtracts
rows that are deleted. :mod:`.changes` computes what changes, and :mod:`.storage` stores it.
:mod:`.countable_rows` finds the rows that are safe to count. :mod:`.reading` answers the dashboard.
"""
