"""What features contribute to the shared layout: menu entries and tasks of the start page."""
