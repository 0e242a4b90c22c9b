"""Labels of ratings shared by pages, slips and sheets."""

from collections.abc import Mapping
from functools import cache
from typing import Protocol

from flask_babel import gettext as _

from evalsys.core.city import spellings
from evalsys.core.errors import N_, NP_
from evalsys.organisation.policies.words import DIMENSION_WORDS, GROUP_WORDS
from evalsys.ratings.ballots.models import CommentState, ExclusionReason, RaterGroup

LEVEL_WORDS = {
    5: N_("Very satisfied"),
    4: N_("Satisfied"),
    3: N_("Basically satisfied"),
    2: N_("Dissatisfied"),
    1: N_("Very dissatisfied"),
}
UNKNOWN = NP_("sheet", "don't know")
# (field, its name, what it means), in the order of the page.
QUESTIONS = (
    ("attitude", DIMENSION_WORDS["attitude"], N_("Polite, patient, clear")),
    ("work_style", DIMENSION_WORDS["work_style"], N_("Correct, no excuses, no obstruction")),
    ("efficiency", DIMENSION_WORDS["efficiency"], N_("Waiting and handling in good time")),
    (
        "competence",
        DIMENSION_WORDS["competence"],
        N_("Knows the matter, explains it once and fully"),
    ),
)
RATER_GROUP_WORDS = {
    RaterGroup.RECIPIENT: N_("Service recipient"),
    RaterGroup.GRASSROOTS: N_("Grass-roots unit"),
    RaterGroup.COLLABORATOR: N_("Collaborating section"),
    RaterGroup.LEADER: N_("Leader in charge"),
}
# Key of a reason -> its heading in the office's sheets, which is not in the first person.
REASON_HEADINGS = {
    "late": NP_("sheet", "took longer than the legal or promised time"),
    "papers": NP_("sheet", "asked for papers that are not on the list"),
    "unclear": NP_("sheet", "not explained at once; had to come again"),
    "manner": NP_("sheet", "unfriendly, or sent elsewhere"),
    "mistake": NP_("sheet", "did not know the matter, or made a mistake"),
    "premises": NP_("sheet", "long wait, procedure or premises"),
    "other": NP_("sheet", "something else"),
}
COMMENT_WORDS = {
    CommentState.PENDING: N_("To be reviewed"),
    CommentState.RELEASED: N_("Released"),
    CommentState.PERSON_ONLY: N_("Only for the person"),
    CommentState.WITHHELD: N_("Withheld"),
}
EXCLUSIONS = {
    ExclusionReason.MISTAKEN: N_("rated by mistake"),
    ExclusionReason.MALICIOUS: N_("malicious"),
    ExclusionReason.NOT_PERSON: N_("not about the person"),
    ExclusionReason.DEFAULT: N_("default rating"),
    ExclusionReason.VOID: N_("annulled"),
    ExclusionReason.FROZEN: N_("after a return: the score before stays"),
}
# As a sentence to the citizen whose rating it was.
EXCLUSION_WORDS = {
    ExclusionReason.MISTAKEN: N_("it was given by mistake"),
    ExclusionReason.MALICIOUS: N_("it was found to be malicious"),
    ExclusionReason.NOT_PERSON: N_("its cause was not the person who served"),
    ExclusionReason.DEFAULT: N_("nobody gave it: it stands for silence"),
    ExclusionReason.VOID: N_("it was declared void"),
    ExclusionReason.FROZEN: N_("an earlier score of the person stays"),
}


@cache
def groups_in_files() -> Mapping[str, RaterGroup]:
    """Return the spellings of rater groups in files -> the group."""
    return {
        name: RaterGroup(group) for group, words in GROUP_WORDS.items() for name in spellings(words)
    }


@cache
def levels_in_files() -> Mapping[str, int | None]:
    """Return the spellings of levels in files -> the level, None for "don't know"."""
    named = [*LEVEL_WORDS.items(), (None, UNKNOWN)]
    return {name: level for level, words in named for name in spellings(words)}


class Post(Protocol):
    """A person as citizens know them: by window and post, never by name."""

    @property
    def post(self) -> str | None:
        """The name of the post."""

    @property
    def window_no(self) -> str | None:
        """The number of the window."""


def post_words(person: Post) -> str:
    """Return where somebody serves: 3 号窗口 受理岗."""
    window = _("Window %(number)s", number=person.window_no) if person.window_no else ""
    return " ".join(filter(None, (window, person.post))) or str(_("Staff member"))
