"""The public pages, cached."""
