"""The admin's app, with the site whose logins are limited."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class LimitedAdminConfig(AdminConfig):
    """Django's admin, with :class:`landing_site.admin.site.LimitedAdminSite`."""

    default_site = "landing_site.admin.site.LimitedAdminSite"
