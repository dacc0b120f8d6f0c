"""The live map in the admin: people by place, now."""
