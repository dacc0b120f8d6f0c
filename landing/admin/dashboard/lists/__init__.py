"""The lists of the dashboard: pages, referrers, and one per dimension.

:mod:`.entries` reads them, and :mod:`.rows` turns them into rows with labels and links.
"""
