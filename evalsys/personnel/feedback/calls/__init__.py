"""Calling back who left a number."""
