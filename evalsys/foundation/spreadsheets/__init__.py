"""Generated workbooks: sheets as data, styles and the writer, by openpyxl."""
