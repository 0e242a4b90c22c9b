"""What a kind of case shows of itself in the demo city: cases in every state, filled in."""
