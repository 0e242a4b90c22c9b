"""Personnel consequences: the kinds of cases, with their letters and sheets."""
