"""Codes, services and screens of tickets. Pure."""
