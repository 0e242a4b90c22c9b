"""What follows for people: the kinds of cases, with their letters and sheets."""
