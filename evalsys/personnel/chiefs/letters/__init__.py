"""What the steps about a chief say on paper. Pure."""
