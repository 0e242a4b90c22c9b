"""Comparing cities, ordering what is to be done, and drawing both. Pure."""
