"""The tables of the page's content: one row, which the owner edits in the admin, and its logo."""

from __future__ import annotations

from django.db import models

from ..names import LABEL

NAME_LENGTH = 60
HEADLINE_LENGTH = 200
LEAD_LENGTH = 300
SUBTEXT_LENGTH = 200
#: Of addresses and file names.
ADDRESS_LENGTH = 500
#: The hash and the extension of an uploaded logo.
LOGO_NAME_LENGTH = 40
#: The key of the row.
ONLY_KEY = 1


class Logo(models.Model):
    """An uploaded logo: that of the page, or the one before it.

    :mod:`landing.content.logo` writes, checks, and reads it.
    """

    #: A hash of the content, and the extension of its format.
    name = models.CharField(max_length=LOGO_NAME_LENGTH, primary_key=True)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class Page(models.Model):
    """One row: the content of the page. An empty field means the setting.

    :class:`landing.content.values.Content` drops values that would break a page.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_KEY, editable=False)
    brand_name = models.CharField("name", max_length=NAME_LENGTH, blank=True)
    #: Such as ``#0b7a4c``.
    brand_color = models.CharField("color", max_length=7, blank=True)
    #: Wins over ``logo``.
    logo_file = models.ForeignKey(
        Logo,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="uploaded logo",
    )
    #: A static file, or a path such as ``/media/logo.svg``.
    logo = models.CharField("address of the logo", max_length=ADDRESS_LENGTH, blank=True)
    #: The texts by language win over the general ones.
    headline = models.CharField(max_length=HEADLINE_LENGTH, blank=True)
    headlines = models.JSONField("headlines by language", default=dict, db_default={}, blank=True)
    has_lead = models.BooleanField("show the lead", default=True)
    lead = models.CharField(max_length=LEAD_LENGTH, blank=True)
    leads = models.JSONField("leads by language", default=dict, db_default={}, blank=True)
    #: The text and the address of the first button.
    call_text = models.CharField("text of the button", max_length=NAME_LENGTH, blank=True)
    call_texts = models.JSONField(
        "texts of the button by language", default=dict, db_default={}, blank=True
    )
    call_link = models.CharField("link of the button", max_length=ADDRESS_LENGTH, blank=True)
    has_subtext = models.BooleanField("show the subtext", default=True)
    #: The subtext of the counter by language.
    subtexts = models.JSONField("subtexts", default=dict, blank=True)
    minimum = models.PositiveIntegerField(null=True, blank=True)
    has_feed = models.BooleanField("show the latest activity", default=True)
    #: The names of the sections in their order; None for all in the usual order.
    sections = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "page"
        constraints = (
            models.CheckConstraint(name=f"{LABEL}_page_one", condition=models.Q(id=ONLY_KEY)),
        )

    def __str__(self) -> str:
        return "landing page"
