"""What became of the chiefs of the demo city: in which quarters they were low or good. Pure.

A story is told by ballots first: its section is rated low, or high, in its quarters, the closings
of these propose the case, and the people of the city take it as far as the story goes.
"""

from dataclasses import dataclass

LOW, LOWEST, HIGH = 3.05, 2.85, 5.1  # mean levels (1-5) of a section in the quarters of a story
BAD_SECTION = "RS05"  # 水电气热窗口; its chief has an account
LADDER, COMMENDATION = "chief", "commendation"
OF_CHIEFS = {LADDER, COMMENDATION}


@dataclass(frozen=True)
class Story:
    """A case of a chief. `quarters` count back from the last closed one, 0; the earliest first."""

    kind: str
    state: str
    section: str
    quarters: tuple[int, ...]

    @property
    def level(self) -> float:
        """The mean level (1-5) that the members are rated around in the quarters."""
        if self.kind == COMMENDATION:
            return HIGH
        return LOWEST if self.section == BAD_SECTION else LOW


STORIES = (
    Story(LADDER, "closed", BAD_SECTION, (3,)),
    Story(LADDER, "low_score", BAD_SECTION, (1, 0)),
    Story(LADDER, "verified", "SP05", (0,)),
    Story(LADDER, "unfounded", "SP08", (2,)),
    Story(LADDER, "noticed", "SP07", (1,)),
    Story(LADDER, "interviewed", "RS01", (1,)),
    Story(LADDER, "plan_filed", "SP09", (1,)),
    Story(LADDER, "follow_up", "RS02", (1,)),
    Story(LADDER, "repeated", "SP03", (2, 1)),
    Story(LADDER, "admonition_advised", "RS03", (2, 1)),
    Story(LADDER, "admonished", "RS07", (3, 2)),
    Story(LADDER, "repeated_again", "RS08", (3, 2, 1)),
    Story(LADDER, "adjustment_advised", "CG04", (3, 2, 1)),
    Story(LADDER, "decided", "CG02", (3, 2, 1)),
    # A quota of a fifth gives each of the three organs one place in a quarter.
    Story(COMMENDATION, "commended", "SP02", (3,)),
    Story(COMMENDATION, "on_notice", "SP02", (1,)),
    Story(COMMENDATION, "objected", "RS06", (1,)),
    Story(COMMENDATION, "chosen", "CG01", (1,)),
    Story(COMMENDATION, "proposed", "SP01", (0,)),
    Story(COMMENDATION, "proposed", "SP04", (0,)),
    Story(COMMENDATION, "declined", "CG03", (2,)),
    Story(COMMENDATION, "withdrawn", "SP04", (3,)),
    Story(COMMENDATION, "lapsed", "RS04", (2,)),
)


def level_of(section: str, ago: int) -> float | None:
    """Return what a section is rated around in a quarter of its stories, else None."""
    told = (story for story in STORIES if story.section == section and ago in story.quarters)
    return next((story.level for story in told), None)


def ending_in(ago: int) -> list[Story]:
    """Return the stories whose last quarter this is: their cases can be told when it is closed."""
    return [story for story in STORIES if story.quarters[-1] == ago]
