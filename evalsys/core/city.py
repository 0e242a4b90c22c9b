"""Translate the project's messages, in the city's own terms for sections and chiefs.

Workbooks, letters, jobs and commands name the language; pages use the visitor's.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, has_app_context
from flask_babel import Domain, get_locale
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from evalsys.core.errors import CONTEXT_ENDS, Dated, Filled, Joined, Message, Text, Within
from evalsys.core.terms import SECTION, SECTION_WORDS, in_terms_of, variants

FOLDER = Path(__file__).parents[1] / "translations"
BY_NUMBER = re.compile(r"\{(\w+):([^{|}]*)\|([^{|}]*)\}")


def init_app(app: Flask) -> None:
    """Validate SECTION_WORD. Raises RuntimeError."""
    if app.config["SECTION_WORD"] not in SECTION_WORDS:
        raise RuntimeError(f"Set EVALSYS_SECTION_WORD to one of {'、'.join(SECTION_WORDS)}.")


def section_word() -> str:
    """Return the city's word for a section; the default outside an application context."""
    return str(current_app.config["SECTION_WORD"]) if has_app_context() else SECTION


def in_terms(text: str) -> str:
    """Return a text of the project in the city's terms. It must hold no names of users' data."""
    return in_terms_of(text, section_word())


@cache
def catalogue(lang: str, word: str) -> NullTranslations:
    """Return the message catalogue of a language in a city's terms. Cached."""
    catalog: NullTranslations = Translations.load(FOLDER, [lang])
    if isinstance(catalog, Translations) and word != SECTION:
        texts = catalog._catalog.items()  # noqa: SLF001  # No public one.
        catalog._catalog = {key: in_terms_of(text, word) for key, text in texts}  # noqa: SLF001
    return catalog


def in_number(text: str, values: Mapping[str, object]) -> str:
    """Choose among the words of an English text for one and for several.

    `%(rows)s {rows:row|rows}` is 1 row or 2 rows. A message may count several things, and often
    stands far from where it is translated, so `ngettext` does not reach it.
    """
    if "{" not in text:
        return text
    return BY_NUMBER.sub(lambda found: found[2 if str(values[found[1]]) == "1" else 3], text)


def say(text: Text, lang: str) -> str:
    """Translate a text into a language, in the city's terms; plain strings stay as they are.

    A message costs one dictionary lookup, cheap enough for every cell of a sheet.
    """
    match text:
        case Message():
            # An unknown message stays as it is; its context is not for readers.
            return str(catalogue(lang, section_word()).gettext(text)).rpartition(CONTEXT_ENDS)[2]
        case Filled(message, params):
            values = {name: _part(value, lang) for name, value in params.items()}
            return in_number(say(Message(message), lang), values) % values
        case Joined(parts, between):
            return say(between, lang).join(say(part, lang) for part in parts)
        case Within(inner):
            words = say(inner, lang)
            return words[:1].lower() + words[1:]
        case Dated(day, pattern):
            return str(format_date(day, say(pattern, lang), locale=lang))
    return text


def in_chinese(text: Text) -> str:
    """Translate a text into Chinese, the language of official documents."""
    return say(text, "zh")


def spellings(message: Message) -> tuple[str, ...]:
    """Return the spellings of a message accepted in files: Chinese, in every city's terms."""
    return variants(str(catalogue("zh", SECTION).gettext(message)))


def _part(value: object, lang: str) -> object:
    return say(value, lang) if isinstance(value, Text) else value


class CityDomain(Domain):  # type: ignore[misc]
    """The Flask-Babel domain whose catalogues are in the city's terms."""

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the visitor's language, in the city's terms."""
        return catalogue(str(get_locale()), section_word())

    def gettext(self, string: str, **values: object) -> str:
        """Translate a message and fill in its values, in the right number."""
        return _filled(self.get_translations().ugettext(string), values)

    def pgettext(self, context: str, string: str, **values: object) -> str:
        """Translate a message of a context and fill in its values, in the right number."""
        return _filled(self.get_translations().upgettext(context, string), values)


def _filled(text: str, values: Mapping[str, object]) -> str:
    return in_number(text, values) % values if values else text


def count_in_templates(app: Flask) -> None:
    """Let templates choose the right number as well. Called after Flask-Babel is bound."""
    for name in ("gettext", "pgettext"):
        app.jinja_env.globals[name] = _in_template(name)


def _in_template(name: str) -> Callable[..., str]:
    """Return `gettext` or `pgettext` for templates: values are escaped, a message is not."""

    @pass_context
    def translate(context: Context, *words: str, **values: object) -> str:
        found = getattr(catalogue(str(get_locale()), section_word()), f"u{name}")(*words)
        text = in_number(found, values)
        return (Markup(text) if context.eval_ctx.autoescape else text) % values  # noqa: S704

    return translate
