"""The days that a page or a workbook is asked for."""

from datetime import date

from evalsys.core.errors import N_, DomainError

BAD_SPAN = N_("“%(since)s” to “%(until)s” is no span of days.")


def read_span(since: str, until: str, on: date, first: date | None = None) -> tuple[date, date]:
    """Return the days that were asked for; without them from `first` up to a day.

    `first` is the beginning of the year if it is not given. Raises DomainError.
    """
    try:
        start = date.fromisoformat(since) if since else first or date(on.year, 1, 1)
        end = date.fromisoformat(until) if until else on
    except ValueError:
        raise DomainError(BAD_SPAN, since=since, until=until, status=422) from None
    if start > end or end == date.max:
        raise DomainError(BAD_SPAN, since=start, until=end, status=422)
    return start, end
