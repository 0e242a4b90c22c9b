"""The page of the system administrator: checks, work of the week, versions."""
