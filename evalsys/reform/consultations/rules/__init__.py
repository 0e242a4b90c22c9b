"""Codes that prove an address without storing it, and figures that expose nobody. Pure."""
