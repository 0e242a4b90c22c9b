"""Messages shared by sheets. Pure."""

from collections.abc import Sequence

from evalsys.core.errors import N_, NP_, Joined, Message, Text

NONE = "—"
YES, NO = N_("yes"), N_("no")
SEMICOLON = NP_("between conditions", "; ")
COMMA = N_(", ")
PAUSE = NP_("within a sentence", ", ")
ORGAN, SECTION = NP_("label", "organ"), NP_("label", "section")
ALL_SECTIONS = N_("all organs, all sections")
IN_SCOPE = N_("%(place)s, sections in scope")
LABELLED = NP_("a label and its value", "%(label)s: %(value)s")


def join(texts: Sequence[Text], between: Message = SEMICOLON) -> Joined:
    """Join texts by a separator."""
    return Joined(tuple(texts), between)


def labelled(label: Text, value: Text) -> Text:
    """Return a value with its label in front."""
    return LABELLED.filled(label=label, value=value)
