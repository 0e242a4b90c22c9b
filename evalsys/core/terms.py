"""What a city calls sections and chiefs: 科室 and 科长, 处室 and 处长, 股室 and 股长. Pure.

Code and catalogues say 科室 and 科长; `SECTION_WORD` of the configuration says it otherwise. Only
the project's own texts change, never what somebody stored: the catalogues hold nothing else, and
names are filled in afterwards.
"""

SECTION, CHIEF = "科室", "科长"
SECTION_WORDS = (SECTION, "处室", "股室")


def chief_of(word: str) -> str:
    """Return what the chief of a section is called: 处长 of a 处室."""
    return f"{word[0]}长"


def in_terms_of(text: str, word: str) -> str:
    """Return a text of ours that holds no names in the terms of a city."""
    return text.replace(SECTION, word).replace(CHIEF, chief_of(word))


def variants(text: str) -> tuple[str, ...]:
    """Return a heading in the terms of every city: a file may come from any of them."""
    return tuple(dict.fromkeys(in_terms_of(text, word) for word in SECTION_WORDS))
