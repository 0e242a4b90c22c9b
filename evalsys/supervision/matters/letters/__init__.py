"""What the steps of a supervised matter say on paper. Pure."""
