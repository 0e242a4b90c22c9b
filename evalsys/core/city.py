"""The texts of the project in the terms of the city, as the configuration names them."""

from collections.abc import Mapping

from flask import Flask, current_app, has_app_context
from flask_babel import Domain, get_locale

from evalsys.core.terms import SECTION, SECTION_WORDS, filled, told


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
    return told(text, section_word())


def fill_terms(text: str) -> str:
    """Fill in {科室} and {科长} as the city says; whatever else the text holds stays as it is."""
    return filled(text, section_word())


class CityDomain(Domain):  # type: ignore[misc]
    """The catalogues in the terms of the city, once for each of them."""

    def get_translations_cache(self, ctx: object) -> dict[object, object]:
        """Return the cache of this city's terms."""
        found: dict[object, object] = self.cache.setdefault(section_word(), {})
        return found

    def get_translations(self) -> object:
        """Return the translations of the visitor's language in the terms of the city."""
        is_known = (str(get_locale()), self.domain[0]) in self.get_translations_cache(None)
        found = super().get_translations()
        if not is_known and has_app_context():
            catalog: Mapping[object, str] = found._catalog  # noqa: SLF001
            found._catalog = {key: in_terms(text) for key, text in catalog.items()}  # noqa: SLF001
        return found
