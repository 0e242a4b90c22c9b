"""Generic features of an office system, independent of ratings."""
