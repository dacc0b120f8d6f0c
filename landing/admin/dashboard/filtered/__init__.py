"""The figures of the page views that match a filter.

:mod:`.past_views` reads several past days in one pass, and :mod:`.day_views` reads one day, to
which it adds new rows later. :mod:`.store` keeps both in this process, so that a refresh reads only
new rows. :mod:`.figures` combines them to the figures of a range and of the one before.
:mod:`.matching` has what both readers need.
"""
