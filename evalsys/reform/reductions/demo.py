"""Service matters of the demo city: shortened past the targets, a little, and not yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from evalsys.cases.engine.models import Subject
from evalsys.cases.scenes.cast import BAD_SECTION, SHOWN, Cast, accounts_with
from evalsys.cases.scenes.registry import Scene
from evalsys.core.audit import unit_of_work
from evalsys.core.extensions import db
from evalsys.core.pages import local_day
from evalsys.core.permissions import Actor, Role
from evalsys.foundation.accounts.models import User
from evalsys.organisation.org.models import Section
from evalsys.organisation.periods.rules import parse_period
from evalsys.personnel.feedback.models import Review
from evalsys.personnel.feedback.rules.categories import Attribution
from evalsys.reform.reductions.causes.service import name_cause
from evalsys.reform.reductions.models import ServiceMatter
from evalsys.reform.reductions.rules.measures import MatterFigures, Way
from evalsys.reform.reductions.rules.steps import read_steps
from evalsys.reform.reductions.service import VersionEntry, enter_version, take_up
from evalsys.supervision.matters.demo import TEN_MINUTES, PlayedMatter
from evalsys.supervision.matters.models import Matter

ONE_DAY = timedelta(days=1)
LONG_AGO = timedelta(days=420)  # before the first rating of the city
DONE = "核对各环节材料目录，形成减环节方案报审"
# Working days after the bad review was found due to the process, to each step of its matter.
CLOSED = (("accept", 1), ("assign", 2), ("sign", 3), ("feed_back", 6), ("close", 9))
EVERY_WAY = frozenset(Way)
LATEST = {
    Way.ONLINE: "87.5",
    Way.PHONE: "1.5",
    Way.TERMINAL: "6",
    Way.BOOKABLE: "9",
    Way.ONCE: "99.2",
}


@dataclass(frozen=True)
class Shown:
    """A version of the demo; `steps` are its lines.

    `figures` are items, documents, spared, certificates, replaced, legal, promised, visits.
    """

    basis: str
    figures: tuple[int, int, int, int, int, int, int, int]
    actual: str
    shares: Mapping[Way, str]
    ways: frozenset[Way]
    steps: str

    def entry(self, section: str, day: date) -> VersionEntry:
        """Return what it is entered with."""
        items, documents, spared, certificates, replaced, legal, promised, visits = self.figures
        steps, problems = read_steps(self.steps)
        assert not problems
        figures = MatterFigures(
            items=items,
            documents=documents,
            spared=spared,
            certificates=certificates,
            replaced=replaced,
            legal=legal,
            promised=promised,
            actual=Decimal(self.actual),
            visits=visits,
            online_share=self.share(Way.ONLINE),
            phone_share=self.share(Way.PHONE),
            terminal_share=self.share(Way.TERMINAL),
            bookable_share=self.share(Way.BOOKABLE),
            once_share=self.share(Way.ONCE),
            ways=self.ways,
            steps=len(steps),
        )
        return VersionEntry(day, section, self.basis, figures, steps)

    def share(self, way: Way) -> Decimal | None:
        """Return the share done in a way; None where it is not told."""
        return Decimal(self.shares[way]) if way in self.shares else None


@dataclass(frozen=True)
class ToldMatter:
    """A service matter of the demo with its versions, the earliest first."""

    code: str
    name: str
    section: str
    versions: Sequence[Shown]


MATTERS = (
    ToldMatter("371900-SP-011", "企业设立登记", SHOWN, (
        Shown("云审批发〔2024〕17号办事指南",
              (4, 14, 0, 3, 0, 15, 9, 4), "8.4", {Way.ONLINE: "12"},
              frozenset({Way.ONLINE}),
              "名称预先核准，登记窗口，1\n网上填报申请，申请人，1\n书面材料受理，登记窗口，1\n实质审查，登记科，2\n"
              "科长复核，登记科，1\n分管领导签批，局领导，1\n证照制作，制证岗，1\n公章刻制备案，公安窗口，1"),
        Shown("云审批发〔2025〕06号：取消名称预先核准",
              (3, 9, 2, 2, 0, 15, 5, 2), "4.2", {Way.ONLINE: "41", Way.BOOKABLE: "35.5"},
              frozenset({Way.ONLINE, Way.BOOKABLE}),
              "网上填报申请，申请人，0.5\n书面材料受理，登记窗口，0.5\n实质审查，登记科，2\n"
              "科长复核，登记科，1\n证照制作，制证岗，1"),
        Shown("云审批发〔2026〕11号：企业开办一日办结",
              (1, 9, 6, 2, 2, 15, 1, 1), "0.9", LATEST,
              EVERY_WAY,
              "网上填报申请，申请人，0.25\n受理即审查，登记窗口，0.5\n证照制作，制证岗，0.25"),
    )),
    ToldMatter("371900-SP-014", "证照补领", SHOWN, (
        Shown("云审批发〔2024〕17号补领指南",
              (1, 5, 0, 1, 0, 10, 5, 2), "4.6", {},
              frozenset(),
              "登报声明遗失，申请人，2\n窗口受理，受理岗，0.5\n档案核对，档案室，1.5\n补发证照，制证岗，1"),
        Shown("云审批发〔2026〕03号：遗失声明改为网上公示",
              (1, 4, 1, 1, 1, 10, 4, 1), "3.5", {Way.ONLINE: "22", Way.TERMINAL: "48"},
              frozenset({Way.ONLINE, Way.TERMINAL}),
              "网上公示遗失，申请人，1\n窗口受理，受理岗，0.5\n档案核对，档案室，1.5\n补发证照，制证岗，1"),
    )),
    ToldMatter("371900-RS-052", "水电气热报装", BAD_SECTION, (
        Shown("云住建发〔2025〕22号联合服务规程",
              (4, 6, 0, 2, 0, 45, 30, 3), "33.5", {Way.PHONE: "61"},
              frozenset({Way.PHONE}),
              "提出报装申请，申请人，1\n分送四家企业，报装窗口，5\n现场踏勘，供水供气企业，10\n"
              "占掘路许可，城管部门，12\n装表接通，供水供气企业，2"),
    )),
)  # fmt: skip


def play(cast: Cast) -> int:
    """Enter the matters as the supervision office would have; return how many.

    The last version of each holds from the first day of the quarter that was closed last.
    """
    office = accounts_with(Role.SUPERVISOR)[0]
    first = parse_period(cast.period).starts_on - LONG_AGO
    last = parse_period(cast.period).ends_on + ONE_DAY
    for told in MATTERS:
        middle = [first + LONG_AGO / 2] if told.versions[2:] else []
        days = [first, *middle, last]
        with unit_of_work(office) as unit:
            entry = told.versions[0].entry(told.section, days[0])
            matter = take_up(unit, told.code, told.name, entry, now=cast.moment(days[0]))
            pairs = zip(told.versions[1:], days[1:], strict=False)
            for number, (shown, day) in enumerate(pairs, 1):
                entry = shown.entry(told.section, day)
                enter_version(unit, matter, number, entry, now=cast.moment(day))
    _name_cause(office, cast)
    return len(MATTERS)


def _name_cause(office: Actor, cast: Cast) -> None:
    """Have the matter out of the review closed, and the service matter that caused it named."""
    query = (
        select(Matter)
        .join(Matter.subject)
        .join(Review, Review.case_id == Subject.origin_id)
        .where(Review.attribution == Attribution.PROCESS)
    )
    candidate = db.session.scalars(query.order_by(Subject.id).limit(1)).first()
    if candidate is None:
        return  # Nobody of the section was rated low.
    section = db.session.scalars(select(Section).where(Section.code == SHOWN)).one()
    chief = db.session.get_one(User, cast.chiefs[section.id]).actor
    case_id, now = candidate.subject_id, candidate.subject.opened_at
    played = PlayedMatter(candidate.title, case_id, section, office, chief, DONE)
    for move, days in CLOSED:
        now = cast.moment(cast.days.add(local_day(candidate.subject.opened_at), days))
        played.take(move, now)
    shown = db.session.scalars(select(ServiceMatter).filter_by(name=MATTERS[0].name)).one()
    with unit_of_work(office) as unit:
        name_cause(unit, candidate, shown, now=now + TEN_MINUTES)


SCENE = Scene("reductions", play=play)
