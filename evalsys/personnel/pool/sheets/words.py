"""Labels of returns and stays that only their registers use."""

from evalsys.core.errors import NP_

DECISIONS = {
    "admit": NP_("sheet", "admitted to the pool"),
    "move_directly": NP_("sheet", "moved directly"),
    "reject": NP_("sheet", "rejected"),
}
STATEMENTS = {
    "state": NP_("sheet", "given"),
    "waive": NP_("sheet", "waived in writing"),
    "note_silence": NP_("sheet", "none came in time"),
}
