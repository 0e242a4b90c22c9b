"""The days that a page or a workbook is asked for."""

from datetime import date

from evalsys.core.errors import N_, DomainError


class BadSpan(DomainError):
    """The days that are asked for are none, or in the wrong order."""

    message = N_("“%(since)s” to “%(until)s” is no span of days.")
    status = 422


def read_span(since: str, until: str, on: date, first: date | None = None) -> tuple[date, date]:
    """Return the days that were asked for; without them from `first` up to a day.

    `first` is the beginning of the year if it is not given. Raises BadSpan.
    """
    try:
        start = date.fromisoformat(since) if since else first or date(on.year, 1, 1)
        end = date.fromisoformat(until) if until else on
    except ValueError:
        raise BadSpan(since=since, until=until) from None
    if start > end or end == date.max:
        raise BadSpan(since=start, until=end)
    return start, end
