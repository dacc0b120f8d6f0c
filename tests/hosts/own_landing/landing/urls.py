"""Routes with the namespace that the counter's own site once had."""

from django.urls import path

from . import views

app_name = "landing"

urlpatterns = [path("", views.home, name="home"), path("privacy/", views.docs, name="privacy")]
