"""What stands above and below every sheet: the mark of internal papers, the line to sign."""

from evalsys.foundation.spreadsheets.model import Words

GAP = " " * 16  # to write by hand
INTERNAL = Words("内部资料，注意保管", "Internal, not for passing on")
SIGNS = Words(f"制表：{GAP}审核：{GAP}单位公章：{GAP}", f"Drawn up:{GAP}Checked:{GAP}Seal:{GAP}")
