"""Texts of consultations."""

from flask_babel import gettext as _

from evalsys.core.errors import N_, NP_
from evalsys.reform.consultations.models import ConsultationState, OpinionState, Verdict
from evalsys.reform.consultations.rules.figures import OpinionVoice

VOICES = {
    OpinionVoice.RESIDENT: N_("A resident"),
    OpinionVoice.ENTERPRISE: N_("An enterprise"),
    OpinionVoice.GRASSROOTS: N_("Grass-roots unit or front line"),
    OpinionVoice.OTHER: NP_("voice", "Somebody else"),
}
VERDICTS = {
    Verdict.ADOPTED: N_("Adopted"),
    Verdict.PARTLY: N_("Adopted in part"),
    Verdict.NOT_ADOPTED: N_("Not adopted"),
}
CRITERION_WORDS = {
    "clarity": (N_("Clear"), N_("One understands what changes, and for whom")),
    "fairness": (N_("Fair"), N_("Nobody is put at a disadvantage without a reason")),
    "usefulness": (N_("Useful"), N_("It makes things shorter or easier")),
}
MARKS = {
    5: NP_("opinion", "Fully"),
    4: NP_("opinion", "Mostly"),
    3: NP_("opinion", "Partly"),
    2: NP_("opinion", "Hardly"),
    1: NP_("opinion", "Not at all"),
}
STATES = {
    OpinionState.PENDING: N_("To be reviewed"),
    OpinionState.RELEASED: N_("Readable by all"),
    OpinionState.WITHHELD: N_("Withheld"),
}
CONSULTATION_STATES = {
    ConsultationState.DRAFT: NP_("consultation", "Not public yet"),
    ConsultationState.OPEN: NP_("consultation", "Open for opinions"),
    ConsultationState.PUBLISHED: NP_("consultation", "Answered"),
}
IS_OVER = NP_("consultation", "Over, to be answered")


def voice_words(voice: OpinionVoice) -> str:
    """Return the label of who gives an opinion."""
    return str(_(VOICES[voice]))


def verdict_words(verdict: Verdict) -> str:
    """Return the label of what came of a kind."""
    return str(_(VERDICTS[verdict]))


def criterion_words(name: str) -> str:
    """Return the label of a criterion."""
    return str(_(CRITERION_WORDS[name][0]))


def consultation_words(state: ConsultationState, *, is_over: bool) -> str:
    """Return the label of a state; an open one is over after its last day."""
    return str(_(IS_OVER if is_over else CONSULTATION_STATES[state]))
