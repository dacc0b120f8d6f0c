"""Environment variables: parsed strictly, and turned into settings."""
