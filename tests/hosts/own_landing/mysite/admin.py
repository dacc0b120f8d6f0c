"""The admin site of the project."""

from django.contrib import admin


class ShopAdminSite(admin.AdminSite):
    site_header = "The shop's admin"
