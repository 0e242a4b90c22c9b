"""The layout of letters: GB/T 9704-2012. The only package that imports docx."""
