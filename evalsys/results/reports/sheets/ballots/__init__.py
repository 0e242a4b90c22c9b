"""Single ballots as sheets, by names only in a crowd."""
