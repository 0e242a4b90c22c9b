"""What a period comes to: closed, shown, printed."""
