"""The parser of uploaded workbooks. It runs in a child process without importing evalsys.

openpyxl's read-only mode lacks what matters here: rows hidden by a filter, merged cells, formulas
without a cached value, the date formats of a Chinese Excel.
"""
