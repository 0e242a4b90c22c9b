"""Results of a period: closing, pages, sheets."""
