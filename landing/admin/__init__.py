"""The admin: lists of the tables, tokens, notes, shared links, the page, and the dashboard.

Django's autodiscovery imports this package, which registers the model admins on the project's
default admin site.
"""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model

from .. import conf
from ..models import Activity, Analytics, ChartNote, CountSample, Page, PublishToken, SharedLink
from .activities.activity_admin import ActivityAdmin
from .activities.token_admin import PublishTokenAdmin
from .analytics_admin import AnalyticsAdmin, CountSampleAdmin
from .note_admin import ChartNoteAdmin
from .page.page_admin import PageAdmin
from .shared_links.link_admin import SharedLinkAdmin

ADMINS: dict[type[Model], type[ModelAdmin]] = {  # type: ignore[type-arg]  # takes none at run time
    Activity: ActivityAdmin,
    Analytics: AnalyticsAdmin,
    ChartNote: ChartNoteAdmin,
    CountSample: CountSampleAdmin,
    PublishToken: PublishTokenAdmin,
    SharedLink: SharedLinkAdmin,
}
if not conf.is_host():
    # A project with the package does not have the page that this edits.
    ADMINS[Page] = PageAdmin


def register(site: AdminSite) -> None:
    """Register the model admins of the app on an admin site, for example one of your own.

    A table that the site already has keeps its model admin.
    """
    for table, admin_class in ADMINS.items():
        if not site.is_registered(table):
            site.register(table, admin_class)


register(admin.site)
