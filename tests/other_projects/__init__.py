"""Projects that are unlike the site: other users, no users, no admin, or another database."""
