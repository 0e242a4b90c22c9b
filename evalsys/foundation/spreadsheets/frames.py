"""What stands above and below every sheet: the mark of internal papers, the line to sign."""

from evalsys.core.errors import NP_

GAP = " " * 16  # to write by hand
INTERNAL = NP_("sheet", "Internal, not for passing on")
SIGNS = NP_("sheet", "Drawn up:%(gap)sChecked:%(gap)sSeal:%(gap)s").filled(gap=GAP)
