"""Workbooks of many people: asked for, agreed to by a second person, taken."""
