"""Translate the project's messages, in the city's own terms for sections and chiefs.

Workbooks, letters, jobs and commands name the language; pages use the visitor's.
"""

from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, has_app_context
from flask_babel import Domain, get_locale

from evalsys.core.errors import CONTEXT_ENDS, Dated, Filled, Joined, Message, Text, Within
from evalsys.core.terms import SECTION, SECTION_WORDS, in_terms_of, variants

FOLDER = Path(__file__).parents[1] / "translations"


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
            return say(Message(message), lang) % values
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
