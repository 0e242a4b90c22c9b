"""What every page shares: who may keep it, words for dates and numbers, the layout's globals."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, get_locale, refresh
from flask_babel import gettext as _
from flask_sqlalchemy.pagination import Pagination
from markupsafe import Markup

from evalsys.core.city import say
from evalsys.core.errors import N_
from evalsys.core.extensions import chosen
from evalsys.core.frame.menus import Link
from evalsys.core.guards import public
from evalsys.core.permissions import Role

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
# What a message of `flash` may be that is no success: a refusal, or something to know.
FAILED, TOLD = "failed", "told"
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
YEAR = 365 * 24 * 3600  # seconds
# A form may come back by the Back button, but from that browser alone and never without asking.
MAY_COME_BACK = "private, no-cache"
# A page that says the same to everybody may be kept, and is asked for again by its ETag. Never a
# value that Flask sets by itself: it gives every file that is sent a bare "no-cache".
FOR_ALL = "public, no-cache"


def init_app(app: Flask) -> None:
    """Keep personal pages out of every cache and give templates their filters."""
    app.after_request(_keep_private)
    for word in (day_words, short_day, time_words, score, percent, thousands, say):
        app.add_template_filter(word)
    for part in (today, languages, other_language, size_switch, large_print, kept):
        app.add_template_global(part)
    app.add_template_global(role_words)
    app.add_url_rule("/switch", "switch", public(switch))


def now() -> datetime:
    """Return the present moment, aware, in UTC. Only views and commands call it."""
    return datetime.now(UTC)


def today() -> date:
    """Return the present day in Shanghai. Only views and commands call it."""
    return local_day(now())


def local_day(moment: datetime) -> date:
    """Return the day in Shanghai on which an aware moment falls."""
    return moment.astimezone(SHANGHAI).date()


def day_words(day: date | None, *, weekday: bool = True) -> str:
    """Write a day as 2026年11月23日（周一） or Mon 23 Nov 2026; — for None."""
    if day is None:
        return "—"
    if str(get_locale()) == "en":
        return str(format_date(day, "EEE d MMM y" if weekday else "d MMM y"))
    words = f"{day.year}年{day.month}月{day.day}日"
    return f"{words}（周{WEEKDAYS[day.weekday()]}）" if weekday else words


def short_day(day: date) -> str:
    """Write a day without its year, where the year is plain: 11月26日 or 26 November."""
    if str(get_locale()) == "en":
        return str(format_date(day, "d MMMM"))
    return f"{day.month}月{day.day}日"


def time_words(moment: datetime | None) -> str:
    """Write a moment in Shanghai time as 2026-11-23 14:02; — for None."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else "—"


def score(value: Decimal | float | None, places: int = 2) -> str:
    """Write a score with its places; — for None, never zero."""
    return "—" if value is None else f"{value:.{places}f}"


def percent(value: Decimal | float | None, places: int = 1) -> str:
    """Write a share of 0-1 as a percentage; — for None."""
    return "—" if value is None else f"{100 * value:.{places}f}%"


def thousands(value: int | None) -> str:
    """Write a number with thin groups that no line breaks: 3 118; — for None."""
    return "—" if value is None else f"{value:,}".replace(",", "\u202f")


def role_words(role: Role) -> str:
    """Name a role in the user's language."""
    return str(_(ROLES[role]))


def languages() -> list[Link]:
    """Return a link for each language: the same page in that language."""
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
    """Return the link to the first language that is not the present one."""
    return next(link for link in languages() if not link.is_current)


def large_print() -> bool:
    """Say whether the visitor chose large print."""
    return chosen("size") == "large"


def choose(**choices: str) -> None:
    """Use a language (`lang`) or a size of print for this answer, before any cookie comes back."""
    g.choices = choices
    refresh()


def kept(name: str, caller: Callable[[], str]) -> Markup:
    """Draw a part of a page that says the same to everybody once per language and size of print.

    `{% call kept("name") %}...{% endcall %}`. For the one page that a whole city opens: finding
    the words of its frame anew would take half of the time.
    """
    parts = current_app.extensions.setdefault("kept_parts", {})
    key = (name, str(get_locale()), large_print())
    if key not in parts:
        parts[key] = Markup(caller())  # noqa: S704  # A template escaped it.
    return cast(Markup, parts[key])


def size_switch() -> Link:
    """Return the link to large print, or back."""
    size, label = ("normal", _("Normal print")) if large_print() else ("large", _("Large print"))
    return Link(url_for("switch", size=size, to=request.full_path.rstrip("?")), label)


def local_path(text: str | None) -> str:
    """Return a path of this site to go on to; the start page for what leads anywhere else.

    Browsers drop tabs and line breaks and read a backslash as a slash, so that //other.site hides
    in many spellings.
    """
    is_local = text and text[0] == "/" and text[1:2] not in {"/", "\\"} and text.isprintable()
    return text if text and is_local else "/"


def switch() -> ResponseReturnValue:
    """Remember the language or the size of print, and go back to the page."""
    answer = Response(status=303, headers={"Location": local_path(request.args.get("to"))})
    lang, size = request.args.get("lang"), request.args.get("size")
    if lang in LANGUAGES:
        remember(answer, "lang", lang)
    if size in {"normal", "large"}:
        remember(answer, "size", size)
    return answer


def remember(answer: Response, name: str, value: str) -> None:
    """Keep a choice of the visitor for a year; it says nothing about who they are."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    answer.set_cookie(name, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")


def _keep_private(response: Response) -> Response:
    """Keep personal pages out of every cache."""
    if request.endpoint not in {"static", "bootstrap.static"} and not _may_come_back(response):
        response.headers["Cache-Control"] = "no-store"  # Flask lets a browser keep files it sends.
    return response


def _may_come_back(response: Response) -> bool:
    return response.headers.get("Cache-Control") in {MAY_COME_BACK, FOR_ALL}


class ListPages(Pagination):
    """The pages of a sequence that was computed, as `db.paginate()` gives those of a query."""

    def _query_items(self) -> list[Any]:
        items: Sequence[Any] = self._query_args["items"]
        return list(items[self._query_offset : self._query_offset + self.per_page])

    def _query_count(self) -> int:
        return len(self._query_args["items"])


def paginate_list(items: Sequence[Any], per_page: int, *, error_out: bool = True) -> Pagination:
    """Return the page of a sequence that the address asks for; beyond the last it is not here."""
    return ListPages(items=items, per_page=per_page, max_per_page=per_page, error_out=error_out)
