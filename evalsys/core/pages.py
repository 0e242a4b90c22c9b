"""What every page shares: cache headers, formats of dates and numbers, the layout's globals."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, get_locale, refresh
from flask_babel import gettext as _
from flask_sqlalchemy.pagination import Pagination, SelectPagination
from markupsafe import Markup
from sqlalchemy import Select
from werkzeug.exceptions import HTTPException

from evalsys.core.city import say
from evalsys.core.errors import N_
from evalsys.core.extensions import chosen, db
from evalsys.core.frame.menus import Link
from evalsys.core.guards import public
from evalsys.core.permissions import Role

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
# The categories of `flash` besides success: an error, a piece of information.
FAILED, INFO = "failed", "info"
LANGUAGES = {"zh": "中文", "en": "English"}
ROLES = {
    Role.CITIZEN: N_("Citizen"),
    Role.STAFF: N_("Staff member"),
    Role.CHIEF: N_("Section chief"),
    Role.LEADER: N_("Leader in charge"),
    Role.HR: N_("Personnel office"),
    Role.COUNTER: N_("Hall office"),
    Role.SUPERVISOR: N_("Supervision office"),
    Role.DISCIPLINE: N_("Discipline and supervision organ"),
    Role.SYSADMIN: N_("System administrator"),
    Role.SECADMIN: N_("Security administrator"),
    Role.AUDITOR: N_("Audit administrator"),
    Role.SYSTEM: N_("System"),
}
HEAD_OF_ORGAN = N_("Head of the organ")
MOST_PAGES = 10_000_000  # A larger number would not fit into the OFFSET of a query.
YEAR = 365 * 24 * 3600  # seconds
# A form may be reused by the Back button: in that browser alone, and revalidated.
MAY_COME_BACK = "private, no-cache"
# A page that is the same for everybody may be cached, and is revalidated by its ETag. It must
# differ from Flask's own value: `send_file` sets a bare "no-cache".
FOR_ALL = "public, no-cache"


def init_app(app: Flask) -> None:
    """Set the cache headers, and register filters and globals of templates."""
    app.after_request(_keep_private)
    for word in (day_words, short_day, time_words, score, percent, thousands, say):
        app.add_template_filter(word)
    for part in (today, languages, other_language, size_switch, large_print, kept):
        app.add_template_global(part)
    app.add_template_global(role_words)
    app.add_url_rule("/switch", "switch", public(switch))


def now() -> datetime:
    """Return the current time, aware, in UTC. Only views and commands call it."""
    return datetime.now(UTC)


def today() -> date:
    """Return the current date in Shanghai. Only views and commands call it."""
    return local_day(now())


def local_day(moment: datetime) -> date:
    """Return the day in Shanghai on which an aware moment falls."""
    return moment.astimezone(SHANGHAI).date()


def day_words(day: date | None, *, weekday: bool = True) -> str:
    """Format a day as 2026年11月23日（周一） or Mon 23 Nov 2026; — for None."""
    if day is None:
        return "—"
    if str(get_locale()) == "en":
        return str(format_date(day, "EEE d MMM y" if weekday else "d MMM y"))
    words = f"{day.year}年{day.month}月{day.day}日"
    return f"{words}（周{WEEKDAYS[day.weekday()]}）" if weekday else words


def short_day(day: date) -> str:
    """Format a day without its year: 11月26日 or 26 November."""
    if str(get_locale()) == "en":
        return str(format_date(day, "d MMMM"))
    return f"{day.month}月{day.day}日"


def time_words(moment: datetime | None) -> str:
    """Format a time in Shanghai as 2026-11-23 14:02; — for None."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else "—"


def score(value: Decimal | float | None, places: int = 2) -> str:
    """Format a score with its decimal places; — for None, never zero."""
    return "—" if value is None else f"{value:.{places}f}"


def percent(value: Decimal | float | None, places: int = 1) -> str:
    """Format a fraction of 0-1 as a percentage; — for None."""
    return "—" if value is None else f"{100 * value:.{places}f}%"


def thousands(value: int | None) -> str:
    """Format a number with narrow no-break spaces between groups: 3 118; — for None."""
    return "—" if value is None else f"{value:,}".replace(",", "\u202f")


def role_words(role: Role, organ_id: int | None = None) -> str:
    """Return the name of a role in the user's language.

    A leader whose account has a whole organ as its scope, `organ_id`, is its head.
    """
    is_head = role is Role.LEADER and organ_id is not None
    return str(_(HEAD_OF_ORGAN if is_head else ROLES[role]))


def languages() -> list[Link]:
    """Return links to the current page in each language."""
    return [
        Link(
            url_for("switch", lang=code, to=request.full_path.rstrip("?")),
            label,
            code,
            is_current=str(get_locale()) == code,
        )
        for code, label in LANGUAGES.items()
    ]


def other_language() -> Link:
    """Return the link to the first language that is not the current one."""
    return next(link for link in languages() if not link.is_current)


def large_print() -> bool:
    """Return whether the visitor chose large print."""
    return chosen("size") == "large"


def choose(**choices: str) -> None:
    """Set the language (`lang`) or the print size (`size`) of this response, without a cookie."""
    g.choices = choices
    refresh()


def kept(name: str, caller: Callable[[], str]) -> Markup:
    """Cache a part of a page that is the same for everybody, per language and print size.

    `{% call kept("name") %}...{% endcall %}`. For the rating page, where translating the
    layout anew would take half of the time.
    """
    parts = current_app.extensions.setdefault("kept_parts", {})
    key = (name, str(get_locale()), large_print())
    if key not in parts:
        parts[key] = Markup(caller())  # noqa: S704  # A template escaped it.
    return cast(Markup, parts[key])


def size_switch() -> Link:
    """Return the link that switches large print on or off."""
    size, label = ("normal", _("Normal print")) if large_print() else ("large", _("Large print"))
    return Link(url_for("switch", size=size, to=request.full_path.rstrip("?")), label)


def local_path(text: str | None) -> str:
    """Return a redirect target on this site; the start page for any other address.

    Browsers drop tabs and line breaks and read a backslash as a slash, so //other.site has many
    spellings.
    """
    is_local = text and text[0] == "/" and text[1:2] not in {"/", "\\"} and text.isprintable()
    return text if text and is_local else "/"


def switch() -> ResponseReturnValue:
    """Store the language or the print size in a cookie, and redirect back to the page."""
    response = Response(status=303, headers={"Location": local_path(request.args.get("to"))})
    lang, size = request.args.get("lang"), request.args.get("size")
    if lang in LANGUAGES:
        remember(response, "lang", lang)
    if size in {"normal", "large"}:
        remember(response, "size", size)
    return response


def remember(response: Response, name: str, value: str) -> None:
    """Set a cookie with a visitor's choice for a year; it does not identify them."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(name, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")


def _keep_private(response: Response) -> Response:
    """Forbid caching of every page that does not allow it itself."""
    if request.endpoint not in {"static", "bootstrap.static"} and not _may_come_back(response):
        response.headers["Cache-Control"] = "no-store"  # Flask lets a browser keep files it sends.
    return response


def _may_come_back(response: Response) -> bool:
    return response.headers.get("Cache-Control") in {MAY_COME_BACK, FOR_ALL}


class NearestPage(Pagination):
    """Pagination that shows the last page beyond the end, and the first for anything else."""

    def __init__(self, page: int | None = None, *, per_page: int, **query: Any) -> None:
        page = asked_page() if page is None else page
        super().__init__(
            page=page, per_page=per_page, max_per_page=per_page, error_out=False, **query
        )
        if not self.items and self.page > 1:
            self.page = max(1, self.pages)
            self.items = self._query_items()


class SelectPages(NearestPage, SelectPagination):
    """Pages of the rows of a query; they are counted where a page is full."""

    def _query_count(self) -> int:
        if len(self.items) < self.per_page and (self.items or self.page == 1):
            return self._query_offset + len(self.items)
        counted = self._query_args.get("counted")
        return super()._query_count() if counted is None else int(db.session.scalar(counted) or 0)


class ListPages(NearestPage):
    """Pages of a computed sequence."""

    def _query_items(self) -> list[Any]:
        items: Sequence[Any] = self._query_args["items"]
        return list(items[self._query_offset : self._query_offset + self.per_page])

    def _query_count(self) -> int:
        return len(self._query_args["items"])


def asked_page() -> int:
    """Return the number of the page that the address asks for, from 1 to MOST_PAGES."""
    return min(max(1, request.args.get("page", 1, type=int)), MOST_PAGES)


def paginate(query: Select[Any], per_page: int, counted: Select[int] | None = None) -> Pagination:
    """Return the requested page of the rows of a query, or the nearest one.

    `counted` counts the same rows, where that takes less than all that the query reads.
    """
    return SelectPages(per_page=per_page, select=query, session=db.session(), counted=counted)


def paginate_list(items: Sequence[Any], per_page: int) -> Pagination:
    """Return the requested page of a sequence, or the nearest one."""
    return ListPages(per_page=per_page, items=items)


def page_above(path: str | None = None, *, may_be_absent: bool = True) -> str | None:
    """Return a path, by default that of the request, or the nearest page above it.

    None if there is none. A page with parameters may be absent.
    """
    path = request.path if path is None else path
    adapter = current_app.url_map.bind("")
    while path:
        with suppress(HTTPException):
            _endpoint, named = adapter.match(path, "GET")
            if not named or may_be_absent:
                return path
        path = path.rpartition("/")[0]
    return None
