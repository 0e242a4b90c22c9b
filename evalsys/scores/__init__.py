"""Formulas F1-F10 and frozen scores."""
