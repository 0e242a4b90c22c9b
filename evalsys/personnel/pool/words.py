"""The pool in words."""

from evalsys.core.errors import N_
from evalsys.personnel.pool.rules.stays import TrainingKind

TRAINING = {
    TrainingKind.STUDY: N_("Study and improvement"),
    TrainingKind.ENTERPRISE: N_("Enterprise immersion training"),
}


def training_words(kind: TrainingKind) -> str:
    """Return the msgid of a kind of training."""
    return TRAINING[kind]


# The columns of the board: (label, the states in it), from left to right.
COLUMNS = (
    (N_("Draft and proposal"), {"return": ("draft", "proposed")}),
    (N_("Notice and statement"), {"return": ("notified", "stated", "waived")}),
    (N_("Verification and talk"), {"return": ("verified",)}),
    (N_("Collective decision"), {"return": ("talked",)}),
    (N_("Handover and training"), {"pool": ("handover", "in_training", "extended", "suspended")}),
    (N_("Assessment"), {"pool": ("assessing", "failed", "failed_again")}),
    (N_("Reassignment"), {"pool": ("passed", "reassigned")}),
)
