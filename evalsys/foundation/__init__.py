"""What any office system needs. Knows nothing of ratings."""
