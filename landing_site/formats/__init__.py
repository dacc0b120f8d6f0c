"""Formats of dates and times by language, for Django's ``FORMAT_MODULE_PATH``."""
