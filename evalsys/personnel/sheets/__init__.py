"""Shared by the registers of all kinds of cases."""
