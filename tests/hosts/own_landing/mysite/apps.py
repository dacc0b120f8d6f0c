"""The admin of the project."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "mysite.admin.ShopAdminSite"
