from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsys.core.errors import DomainError
from evalsys.organisation.org.rules import (
    DAY,
    Assignment,
    Ref,
    Write,
    appoint,
    change_status,
    current,
    find_cycle,
    move,
    restart,
)

JANUARY, JULY = date(2026, 1, 1), date(2026, 7, 1)
AUGUST = date(2026, 8, 16)
STAFF, HERE, THERE = 1, 10, 20

days = st.dates(date(2020, 1, 1), date(2029, 12, 31))


def still(holder: object = HERE, since: date = JANUARY, *, row: int = 1) -> Assignment:
    return Assignment(row, holder, since, None)


def applied(spans: list[Assignment], writes: list[Write]) -> list[Assignment]:
    """Return the spans with the writes applied, as in the database."""
    rows = {span.id: span for span in spans}
    for number, write in enumerate(writes, start=1000):
        if write.before is None and write.after is not None:
            after = write.after
            holder = after.get("section_id", after.get("kind"))
            rows[number] = Assignment(number, holder, after["started_on"], after["ended_on"])
        elif write.after is None:
            assert isinstance(write.id, int)
            del rows[write.id]
        else:
            assert isinstance(write.id, int)
            old = rows[write.id]
            values = {"holder": old.holder, "started_on": old.started_on, "ended_on": old.ended_on}
            values |= {
                "holder" if key in {"kind", "staff_id"} else key: value
                for key, value in write.after.items()
            }
            rows[write.id] = Assignment(write.id, **values)
    return sorted(rows.values(), key=lambda span: span.started_on)


def on(spans: list[Assignment], day: date) -> list[Assignment]:
    return [span for span in spans if span.started_on <= day and span.lasts_on(day)]


def test_the_current_span_is_the_latest_that_has_not_ended() -> None:
    ended = Assignment(1, HERE, JANUARY, date(2026, 6, 30))
    assert current([ended], JULY) is None
    assert current([ended], date(2026, 6, 30)) == ended
    assert current([ended, still(THERE, JULY, row=2)], JULY) == still(THERE, JULY, row=2)
    assert current([], JULY) is None


def test_a_transfer_ends_the_former_posting_the_day_before() -> None:
    ending, new = move(STAFF, [still()], THERE, AUGUST)
    assert ending == Write("posting", 1, {"ended_on": None}, {"ended_on": AUGUST - DAY})
    assert new.after is not None
    assert (new.id, new.before) == (None, None)
    assert (new.after["section_id"], new.after["started_on"]) == (THERE, AUGUST)


def test_who_belongs_nowhere_yet_is_only_posted() -> None:
    assert len(move(Ref("staff", "040117"), [], Ref("section", "QY01"), AUGUST)) == 1


def test_a_transfer_on_the_day_of_arrival_or_before_is_refused() -> None:
    for day in (JANUARY, JANUARY - DAY):
        with pytest.raises(DomainError, match="2026-01-01"):
            move(STAFF, [still()], THERE, day)


def test_a_transfer_into_a_span_that_ends_later_is_refused() -> None:
    with pytest.raises(DomainError, match="2026-12-31"):
        move(STAFF, [Assignment(1, HERE, JANUARY, date(2026, 12, 31))], THERE, AUGUST)


@given(days, st.lists(st.tuples(st.sampled_from([HERE, THERE]), days), max_size=6))
def test_after_any_transfers_nobody_is_in_two_sections_on_one_day(
    first: date, moves: list[tuple[int, date]]
) -> None:
    spans = applied([], move(STAFF, [], HERE, first))
    for section, day in moves:
        try:
            spans = applied(
                spans,
                [
                    write
                    if write.before is not None
                    else Write(write.table, None, None, write.after)
                    for write in move(STAFF, spans, section, day)
                ],
            )
        except DomainError as error:
            if not error.message.startswith("The date must be after %(day)s"):
                raise
            continue
        spans = [Assignment(n, s.holder, s.started_on, s.ended_on) for n, s in enumerate(spans)]
    for span in spans:
        assert span.ended_on is None or span.ended_on >= span.started_on
        assert len(on(spans, span.started_on)) == 1
        assert len(on(spans, span.ended_on or date(2031, 1, 1))) == 1


def test_a_corrected_arrival_moves_the_end_that_touches_it() -> None:
    before = Assignment(1, THERE, JANUARY, JULY - DAY)
    here = still(HERE, JULY, row=2)
    ending, write = restart([before, here], here, AUGUST)
    assert ending.after == {"ended_on": AUGUST - DAY}
    assert write == Write("posting", 2, {"started_on": JULY}, {"started_on": AUGUST})


def test_a_corrected_arrival_leaves_a_gap_as_it_was() -> None:
    before = Assignment(1, THERE, JANUARY, date(2026, 3, 31))
    here = still(HERE, JULY, row=2)
    assert len(restart([before, here], here, AUGUST)) == 1
    with pytest.raises(DomainError, match="2026-03-31"):
        restart([before, here], here, date(2026, 3, 31))


def test_a_corrected_arrival_never_swallows_the_posting_before() -> None:
    here = still(HERE, JULY, row=2)
    with pytest.raises(DomainError, match="2026-01-01"):
        restart([Assignment(1, THERE, JANUARY, JULY - DAY), here], here, JANUARY)


def test_the_first_posting_may_be_corrected_freely() -> None:
    here = still()
    assert len(restart([here], here, date(2019, 1, 1))) == 1


def test_a_new_chief_follows_without_a_gap() -> None:
    ending, new = appoint("chief_term", HERE, [still(STAFF)], 2, AUGUST)
    assert ending.after == {"ended_on": AUGUST - DAY}
    assert new.after is not None
    assert (new.after["staff_id"], new.after["started_on"]) == (2, AUGUST)


def test_naming_the_present_chief_again_changes_nothing() -> None:
    assert appoint("chief_term", HERE, [still(STAFF)], STAFF, AUGUST) == []


def test_a_chief_named_for_the_first_day_of_the_term_takes_its_place() -> None:
    (write,) = appoint("chief_term", HERE, [still(STAFF)], 2, JANUARY)
    assert (write.before, write.after) == ({"staff_id": STAFF}, {"staff_id": 2})


def test_a_section_without_a_chief_gets_one() -> None:
    (write,) = appoint("leader_term", HERE, [], 2, AUGUST)
    assert (write.table, write.before) == ("leader_term", None)


kinds = st.sampled_from([None, "maternity", "study", "medical"])


@given(st.lists(st.tuples(kinds, st.integers(0, 40)), max_size=8))
def test_on_every_day_somebody_has_the_status_that_was_told_last(
    changes: list[tuple[str | None, int]],
) -> None:
    """Changes arrive day after day, as by imports."""
    spans: list[Assignment] = []
    day, wanted = JANUARY, None
    for kind, later in changes:
        day, wanted = day + timedelta(days=later), kind
        spans = applied(spans, change_status(STAFF, spans, kind, day))
        spans = [Assignment(n, s.holder, s.started_on, s.ended_on) for n, s in enumerate(spans)]
        holders = [span.holder for span in on(spans, day)]
        assert holders == ([wanted] if wanted else [])
        assert all(s.ended_on is None or s.ended_on >= s.started_on for s in spans)


def test_a_status_taken_back_on_its_first_day_is_gone() -> None:
    (write,) = change_status(STAFF, [still("study", AUGUST)], None, AUGUST)
    assert (write.id, write.after) == (1, None)
    assert write.before is not None
    assert write.before["kind"] == "study"


def test_another_status_on_the_first_day_takes_its_place() -> None:
    (write,) = change_status(STAFF, [still("study", AUGUST)], "medical", AUGUST)
    assert (write.before, write.after) == ({"kind": "study"}, {"kind": "medical"})


def test_the_same_status_again_changes_nothing() -> None:
    assert change_status(STAFF, [still("study")], "study", AUGUST) == []
    assert change_status(STAFF, [], None, AUGUST) == []


def test_a_section_that_is_its_own_grandparent_is_found() -> None:
    parents = {"A": "B", "B": "C", "C": "A", "D": "A", "E": None}
    assert find_cycle(parents, "A") == ["A", "B", "C", "A"]
    assert find_cycle(parents, "D") == []
    assert find_cycle(parents, "E") == []
    assert find_cycle({"A": "A"}, "A") == ["A", "A"]


@given(st.dictionaries(st.sampled_from("ABCDEF"), st.sampled_from("ABCDEF") | st.none()))
def test_looking_for_a_cycle_always_ends(parents: dict[str, str | None]) -> None:
    for start in parents:
        way = find_cycle(parents, start)
        assert way == [] or (way[0] == way[-1] == start and len(set(way)) == len(way) - 1)
