"""Organs, sections and staff, with dated postings and terms."""
