"""The workbook 重算表: every figure of a result as a formula that the reader's Excel computes."""
