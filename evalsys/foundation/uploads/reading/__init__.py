"""Parse files into tables, within limits."""
