"""The project's own pages in the admin."""

from django.contrib import admin

from .models import Activity, Page

admin.site.register([Activity, Page])
