"""Activities in the admin: their list, publishing and hiding, and the tokens of publishers."""
