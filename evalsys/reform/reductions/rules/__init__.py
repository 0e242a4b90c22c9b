"""Measures of a service matter, its steps, and the picture of both; pure."""
