"""Tickets beside the services handled, day by day."""
