"""The formulas F1-F10, what they propose, and what of it may be printed."""
