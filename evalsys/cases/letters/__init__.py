"""The layout of a letter on paper: GB/T 9704-2012. Alone knows docx."""
