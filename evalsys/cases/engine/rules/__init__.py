"""What decides about the steps of a case. Pure."""
