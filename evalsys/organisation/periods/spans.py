"""Parse the requested days of a page or workbook."""

from datetime import date

from evalsys.core.errors import N_, DomainError

BAD_SPAN = N_("“%(since)s” to “%(until)s” is no span of days.")


def read_span(since: str, until: str, on: date, first: date | None = None) -> tuple[date, date]:
    """Return the requested first and last day; by default from `first` to `on`.

    `first` defaults to 1 January of the year of `on`. Raises DomainError.
    """
    try:
        start = date.fromisoformat(since) if since else first or date(on.year, 1, 1)
        end = date.fromisoformat(until) if until else on
    except ValueError:
        raise DomainError(BAD_SPAN, since=since, until=until, status=422) from None
    if start > end or end == date.max:
        raise DomainError(BAD_SPAN, since=start, until=end, status=422)
    return start, end
