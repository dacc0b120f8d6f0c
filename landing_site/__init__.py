"""The site around the app: settings, environment, and entry points."""
