"""The admin site and its logins, which are limited."""
