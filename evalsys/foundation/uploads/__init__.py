"""Uploaded files: parsed in a separate process into rows of known columns."""
