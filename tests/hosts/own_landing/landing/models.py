"""Tables of the project's own landing page."""

from django.db import models


class Page(models.Model):
    title = models.CharField(max_length=100)

    def __str__(self):
        return self.title


class Activity(models.Model):
    text = models.CharField(max_length=100)

    def __str__(self):
        return self.text
