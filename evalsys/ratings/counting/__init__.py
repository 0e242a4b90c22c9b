"""Counting: ballots whose window has closed become ratings and tallies."""
