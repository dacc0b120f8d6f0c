"""The routes of the project."""

from chat.views import room
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("i18n/", include("django.conf.urls.i18n"))]

urlpatterns += i18n_patterns(
    path("", room, name="home"),
    path("admin/", admin.site.urls),
)
