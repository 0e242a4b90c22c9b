"""How many tickets one hand issues for one person in a day."""
