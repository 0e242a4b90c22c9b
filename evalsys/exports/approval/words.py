"""Labels of the states of a large export."""

from flask_babel import gettext as _

from evalsys.core.errors import N_
from evalsys.exports.approval.rules import ExportState

STATES = {
    ExportState.WAITING: N_("waits for a second person"),
    ExportState.AGREED: N_("agreed, not fetched yet"),
    ExportState.REFUSED: N_("refused"),
    ExportState.TAKEN: N_("fetched"),
    ExportState.EXPIRED: N_("expired"),
}


def export_state_words(state: ExportState) -> str:
    """Return the label of a state."""
    return str(_(STATES[state]))
