"""What a letter is made of. Pure."""
