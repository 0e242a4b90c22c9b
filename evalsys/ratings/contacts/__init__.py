"""Callback numbers left by raters."""
