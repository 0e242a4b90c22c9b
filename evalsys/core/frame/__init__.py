"""What features bring into the frame that all share: entries of menus, lines of the start page."""
