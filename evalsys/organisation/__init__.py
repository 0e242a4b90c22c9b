"""Who belongs where, which time is assessed, and by which rules."""
