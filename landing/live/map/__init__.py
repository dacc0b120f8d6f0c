"""The live map: all people by place, for staff who watch."""
