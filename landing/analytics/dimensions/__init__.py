"""Dimensions of a page view besides its path and referrer: campaign, language, and window width.

None of them needs the address or the user agent. :mod:`.request` reads campaign and language from
the request, :mod:`.widths` remembers the width that a connection reports, and
:mod:`.daily_values` limits how many different values a day can have.
"""
