"""The routes of the project."""

from django.contrib import admin
from django.urls import include, path

from landing import views

urlpatterns = [
    path("", views.home, name="home"),
    path("docs/", views.docs, name="docs"),
    path("landing/", include("landing.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
]
