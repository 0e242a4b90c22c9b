"""Past ratings, brought in from files."""
