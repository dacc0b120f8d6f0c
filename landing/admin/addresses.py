"""Addresses of the app's pages in an admin site, which may have any name."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.exceptions import NotRegistered
from django.db import models
from django.urls import reverse

from ..names import admin_url


def address(site: AdminSite, name: str, *arguments: object) -> str:
    """Return the address of a page of the app, such as ``analytics_changelist``."""
    return reverse(admin_url(name), args=arguments, current_app=site.name)


def find_admin(site: AdminSite, table: type[models.Model]) -> ModelAdmin[Any] | None:
    """Return the model admin of a table; None if the site does not have it."""
    try:
        return site.get_model_admin(table)
    except NotRegistered:
        return None
