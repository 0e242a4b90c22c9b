"""Tickets against services handled, by day."""
