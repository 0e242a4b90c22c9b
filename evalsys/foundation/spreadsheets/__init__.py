"""Workbooks of our own: sheets as data, their look, and the writer. Alone writes with openpyxl."""
