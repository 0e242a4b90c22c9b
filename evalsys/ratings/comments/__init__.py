"""What raters wrote, read before a section reads it."""
