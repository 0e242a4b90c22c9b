"""The texts of the project, in any language, in the terms of the city.

Workbooks, letters, jobs and commands say them in a named language; pages in their visitor's.
"""

from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, has_app_context
from flask_babel import Domain, get_locale

from evalsys.core.errors import Dated, Filled, Joined, Message, Text, Within
from evalsys.core.terms import SECTION, SECTION_WORDS, in_terms_of, variants

FOLDER = Path(__file__).parents[1] / "translations"


class UnknownTerm(RuntimeError):
    """The configuration has a word for sections that is none of ours."""


def init_app(app: Flask) -> None:
    """Refuse a word that is none of ours. Raises UnknownTerm."""
    if app.config["SECTION_WORD"] not in SECTION_WORDS:
        raise UnknownTerm(f"Set EVALSYS_SECTION_WORD to one of {'、'.join(SECTION_WORDS)}.")


def section_word() -> str:
    """Return what the city calls a section."""
    return str(current_app.config["SECTION_WORD"]) if has_app_context() else SECTION


def in_terms(text: str) -> str:
    """Return a text of ours that holds no names in the terms of the city."""
    return in_terms_of(text, section_word())


@cache
def catalogue(lang: str, word: str) -> NullTranslations:
    """Return the catalogue of a language in the terms of a city; it is read once."""
    found: NullTranslations = Translations.load(FOLDER, [lang])
    if isinstance(found, Translations) and word != SECTION:
        found._catalog = {key: in_terms_of(text, word) for key, text in found._catalog.items()}  # noqa: SLF001  # No public one.
    return found


def say(text: Text, lang: str) -> str:
    """Return a text in a language and in the terms of the city; what is no message as it is.

    A message costs a look into a dictionary, so that sheets may ask for every cell.
    """
    match text:
        case Message():
            return str(catalogue(lang, section_word()).gettext(text))
        case Filled(message, params):
            in_terms_of = {name: _part(value, lang) for name, value in params.items()}
            return say(Message(message), lang) % in_terms_of
        case Joined(parts, between):
            return say(between, lang).join(say(part, lang) for part in parts)
        case Within(inner):
            words = say(inner, lang)
            return words[:1].lower() + words[1:]
        case Dated(day, pattern):
            return str(format_date(day, say(pattern, lang), locale=lang))
    return text


def in_chinese(text: Text) -> str:
    """Return a text as an official document says it."""
    return say(text, "zh")


def spellings(message: Message) -> tuple[str, ...]:
    """Return how a file may write a message: in Chinese, in the terms of every city."""
    return variants(str(catalogue("zh", SECTION).gettext(message)))


def _part(value: object, lang: str) -> object:
    return say(value, lang) if isinstance(value, Text) else value


class CityDomain(Domain):  # type: ignore[misc]
    """The catalogues in the terms of the city: those that workbooks and letters have."""

    def get_translations(self) -> NullTranslations:
        """Return the translations of the visitor's language in the terms of the city."""
        return catalogue(str(get_locale()), section_word())
