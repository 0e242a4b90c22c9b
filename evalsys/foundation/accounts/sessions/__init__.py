"""Sessions, known browsers and kept posts."""
