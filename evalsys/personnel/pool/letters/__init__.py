"""What the steps of a return and of a stay say on paper. Pure."""
