"""Numbers that raters left to be called."""
