"""Issue and response rates of sections and members (F13). No database access.

The issue rate decides which sections are compared, before anything else is. The response rate is
computed from printed numbers of ballots alone, so it tells nothing that they do not.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from evalsys.organisation.org.models import SectionKind
from evalsys.organisation.policies.rules import PolicyRules
from evalsys.scores.comparison import Scored
from evalsys.scores.rows import AnyMember, AnyScore, AnySection, FreshMember, FreshSection
from evalsys.scores.rules.disclosure import EXACT
from evalsys.scores.rules.funnel import GroupStanding
from evalsys.scores.rules.rates import NotCompared, Rate, RateFunnel, rate_funnel

Fresh = FreshSection | FreshMember
RateOf = Callable[[Fresh], Rate | None]


def issue_of(row: AnyScore) -> Rate | None:
    """Return tickets of services of a row; None where no services are known."""
    if row.services is None or row.matched is None:
        return None
    return Rate(row.matched, row.services)


def unscored_of(row: AnySection) -> Rate | None:
    """Return tickets of services of the members without a score."""
    if row.unscored_services is None or row.unscored_matched is None:
        return None
    return Rate(row.unscored_matched, row.unscored_services)


def response_of(row: AnyScore, least: int) -> Rate | None:
    """Return ballots of ratings asked for, from printed figures; None where they do not tell.

    More ballots than were asked for are imported ones, of which no ticket is known.
    """
    if row.extent not in EXACT or row.ballots is None or row.ballots < least:
        return None
    is_scored = row.scored > 0 if isinstance(row, AnySection) else row.score is not None
    if not is_scored or not row.asked or row.ballots > row.asked:
        return None
    return Rate(row.ballots, row.asked)


def issue_funnel_of(row: AnyScore) -> RateFunnel | None:
    """Return the frozen funnel of the issue rate that a row is in."""
    return (
        None
        if row.issue_mean is None or row.issue_phi is None
        else RateFunnel(row.issue_mean, row.issue_phi)
    )


def response_funnel_of(row: AnyScore) -> RateFunnel | None:
    """Return the frozen funnel of the response rate that a row is in."""
    return (
        None
        if row.response_mean is None or row.response_phi is None
        else RateFunnel(row.response_mean, row.response_phi)
    )


def add_up(section: Scored) -> None:
    """Write the counts of the seats into the row of their section."""
    row = section.row
    seats = [member.row for member in section.members if member.has_seat]
    row.asked = sum(seat.asked or 0 for seat in seats if seat.score is not None)
    row.matched, row.services = _sum(seats)
    row.unscored_matched, row.unscored_services = _sum(seat for seat in seats if seat.score is None)


def _sum(seats: Iterable[AnyMember]) -> tuple[int | None, int | None]:
    known = [issue for seat in seats if (issue := issue_of(seat)) is not None]
    if not known:
        return None, None
    return sum(issue.hits for issue in known), sum(issue.n for issue in known)


def judge_issuing(sections: Sequence[Scored], rules: PolicyRules) -> None:
    """Write the issue rates; take sections out of the comparison that hand out too few tickets.

    A section whose rate, or that of its members without a score, lies surely below the funnel is
    not comparable: nobody knows whom its score leaves out.
    """
    for section in sections:
        add_up(section)
    for own, peers in _groups(sections, issue_of, rules.min_group):
        of_sections, of_members = _funnels(peers, issue_of, rules.min_group)
        if of_sections is None:
            continue
        for section in own:
            _write(section, of_sections, of_members)
            if rules.issue_funnel and section.row.is_comparable:
                section.row.not_compared = _why(section.row, of_sections, of_members)
                section.row.is_comparable = section.row.not_compared is None


def _groups(
    sections: Sequence[Scored], rate_of: RateOf, least: int
) -> Iterable[tuple[Sequence[Scored], Sequence[Scored]]]:
    """Yield (sections, all they are compared with): their kind, or all where these are too few."""
    kinds: dict[SectionKind, list[Scored]] = defaultdict(list)
    for section in sections:
        kinds[section.row.kind].append(section)
    rest: list[Scored] = []
    for own in kinds.values():
        if sum(rate_of(section.row) is not None for section in own) >= least:
            yield own, own
        else:
            rest += own
    yield rest, sections


def _funnels(
    peers: Sequence[Scored], rate_of: RateOf, least: int
) -> tuple[RateFunnel | None, RateFunnel | None]:
    """Return the funnel of some sections, and that of their members."""
    sections = [rate for peer in peers if (rate := rate_of(peer.row)) is not None]
    people = (member.row for peer in peers for member in peer.members)
    members = [rate for row in people if (rate := rate_of(row)) is not None]
    return rate_funnel(sections, min_units=least), rate_funnel(members, min_units=least)


def _write(section: Scored, of_sections: RateFunnel, of_members: RateFunnel | None) -> None:
    section.row.issue_mean, section.row.issue_phi = of_sections.mean, of_sections.phi
    if of_members is not None:
        for member in section.members:
            member.row.issue_mean, member.row.issue_phi = of_members.mean, of_members.phi


def _why(
    row: AnySection, of_sections: RateFunnel, of_members: RateFunnel | None
) -> NotCompared | None:
    issue, unscored = issue_of(row), unscored_of(row)
    if issue and of_sections.standing(issue) is GroupStanding.SURELY_BELOW:
        return NotCompared.ISSUE
    if unscored and of_members and of_members.standing(unscored) is GroupStanding.SURELY_BELOW:
        return NotCompared.UNSCORED
    return None


def judge_response(sections: Sequence[Scored], rules: PolicyRules) -> None:
    """Write the response rates of sections and members, from printed figures."""

    def rate_of(row: Fresh) -> Rate | None:
        return response_of(row, rules.min_n_display)

    for own, peers in _groups(sections, rate_of, rules.min_group):
        of_sections, of_members = _funnels(peers, rate_of, rules.min_group)
        for section in own:
            _respond(section.row, of_sections)
            for member in section.members:
                _respond(member.row, of_members)


def _respond(row: Fresh, funnel: RateFunnel | None) -> None:
    row.response_mean = funnel.mean if funnel else None
    row.response_phi = funnel.phi if funnel else None
