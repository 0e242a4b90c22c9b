"""The ladder of a low-scoring chief, and commendation. Pure."""
