"""The workbooks that HR gets: the template, and the roster that came with its errors marked."""
