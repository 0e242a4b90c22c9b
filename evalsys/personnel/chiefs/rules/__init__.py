"""State machines of chiefs' cases: low scores and commendation. Pure."""
