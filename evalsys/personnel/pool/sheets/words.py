"""What no page of a return or a stay names so shortly as its register does."""

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
