"""Calls to raters who left a number."""
