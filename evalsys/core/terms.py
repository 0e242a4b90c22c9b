"""A city's terms for sections and chiefs: 科室 and 科长, 处室 and 处长, 股室 and 股长. Pure.

Code and catalogues use 科室 and 科长; `SECTION_WORD` of the configuration chooses another pair.
Only messages of the catalogues change, never stored data: parameters are filled in afterwards.
"""

SECTION, CHIEF = "科室", "科长"
SECTION_WORDS = (SECTION, "处室", "股室")


def chief_of(word: str) -> str:
    """Return the title of the chief of a section: 处长 for 处室."""
    return f"{word[0]}长"


def in_terms_of(text: str, word: str) -> str:
    """Return a text of the project in a city's terms. It must hold no names of users' data."""
    return text.replace(SECTION, word).replace(CHIEF, chief_of(word))


def variants(text: str) -> tuple[str, ...]:
    """Return a heading in every city's terms, to recognise it in a file."""
    return tuple(dict.fromkeys(in_terms_of(text, word) for word in SECTION_WORDS))
