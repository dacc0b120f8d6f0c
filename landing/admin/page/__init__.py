"""The page's content in the admin: a form and a preview."""
