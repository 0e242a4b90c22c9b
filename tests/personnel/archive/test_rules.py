from datetime import date, timedelta

from evalsys.personnel.archive.rules import Event, Mark, in_order

DAY = date(2026, 11, 24)


def test_the_latest_comes_first_and_one_day_has_its_order() -> None:
    days = [DAY - timedelta(days=n) for n in range(3)]
    events = [Event(day, mark, None) for day in days for mark in reversed(Mark)]
    ordered = in_order(events)
    assert [event.on for event in ordered] == sorted((e.on for e in events), reverse=True)
    assert [event.mark for event in ordered[: len(Mark)]] == list(Mark)


def test_of_one_day_and_kind_the_order_stays() -> None:
    events = [Event(DAY, Mark.CASE, n) for n in range(5)]
    assert [event.subject for event in in_order(events)] == list(range(5))
