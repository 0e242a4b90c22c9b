"""The start page: which cases wait for whom."""
