"""The funnel of a comparison group: who stands out, as a picture with a table behind (F11)."""
