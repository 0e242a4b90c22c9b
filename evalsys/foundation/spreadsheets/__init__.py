"""Workbooks of our own: sheets as data, their look, and the writer. Alone writes with openpyxl."""

import os

# openpyxl reads with lxml if something else has installed it; we test what Python brings along.
os.environ.setdefault("OPENPYXL_LXML", "False")
