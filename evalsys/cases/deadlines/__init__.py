"""Deadlines of cases: started, changed, counted in working days."""
