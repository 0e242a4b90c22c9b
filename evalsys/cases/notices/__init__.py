"""Notices of cases, in the inbox and by mail."""
