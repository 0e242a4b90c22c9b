"""The organisation, assessment periods and policies."""
