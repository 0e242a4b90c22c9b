"""The reader of strangers' workbooks. It runs in a process of its own and imports nothing of ours.

Written for this and not taken from openpyxl, because what decides whether a person is in or out
stands where that does not look when it streams: rows hidden by a filter, merged cells, formulas
that nobody computed, the date formats of a Chinese Excel.
"""
