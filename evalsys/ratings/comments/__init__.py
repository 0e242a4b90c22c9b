"""Raters' comments and their review."""
