"""Single ballots as sheets, named in a crowd only."""
