"""Deadlines of cases: set, moved, counted in working days."""
