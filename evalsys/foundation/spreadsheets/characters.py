"""Look-alike, invisible and private-use characters; lengths in UTF-16 as in Excel. Pure."""

import re
import unicodedata

# Dots used between the parts of a name; U+00B7 is the standard one (GB/T 15834).
MIDDLE_DOTS = "·\u0387\u1427\u16eb\u2022\u2024\u2027\u2218\u2219\u22c5\u25cf\u2e31\u2e33\u30fb"
MIDDLE_DOTS += "\u318d\ua78f\uff0e\uff61\uff65\u3002"
HAN = "\u3007\u2e80-\u2fd5\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
BETWEEN_CHINESE = re.compile(f"(?<=[{HAN}])\\s+(?=[{HAN}])")
A_CHINESE = re.compile(f"[{HAN}]")
DOT_IN_NAME = re.compile(rf"(?<=\w)\s*[{MIDDLE_DOTS}]\s*(?=\w)")
POINT_IN_NAME = re.compile(rf"(?<=[{HAN}])\s*\.\s*(?=[{HAN}])")
DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63", "-"))
SPACED_DASH = re.compile(r"(?<=\w)\s*-\s*(?=\w)")
WRAPPED = re.compile(r'=?"+([^"]*)"+')  # A text that a formula keeps as it is, zeros in front too.
EMOJI = re.compile("[\U0001f000-\U0001fbff\u2600-\u27bf\ufe0f\u20e3]")
# Fillers and joiners outside of the Unicode category Cf.
UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Characters that Windows before GB 18030-2022 mapped to the private use area: the two-byte codes
# FE50 to FEA0, A8BC and A8BF. Listed are those that Python's codec (GB 18030-2000) lacks.
OLD_FONTS = {
    0xE7C7: "\u1e3f",
    0xE7C8: "\u01f9",
    0xE816: "\U00020087",
    0xE817: "\U00020089",
    0xE818: "\U000200cc",
    0xE81E: "\u9fb4",
    0xE826: "\u9fb5",
    0xE82B: "\u9fb6",
    0xE82C: "\u9fb7",
    0xE831: "\U000215d7",
    0xE832: "\u9fb8",
    0xE83B: "\U0002298f",
    0xE843: "\u9fb9",
    0xE854: "\u9fba",
    0xE855: "\U000241fe",
    0xE864: "\u9fbb",
}
FIRST_OLD = 0xE815
for _place, _code in enumerate([*range(0xFE50, 0xFE7F), *range(0xFE80, 0xFEA1)], FIRST_OLD):
    OLD_FONTS.setdefault(_place, _code.to_bytes(2).decode("gb18030"))


def is_invisible(character: str) -> bool:
    """Return whether a character is invisible and not white space."""
    return (
        unicodedata.category(character) in {"Cc", "Cf", "Cs"}
        or character in UNSEEN
        or SELECTORS.match(character) is not None
    )


def stripped(text: str) -> str:
    """Strip white space and invisible characters."""
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]):
        start += 1
    while end > start and _is_edge(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_edge(character: str) -> bool:
    return character.isspace() or is_invisible(character)


def spelled(name: str) -> str:
    """Spell a person's name in one way: 罗　欣 as 罗欣, and any dot between its parts as U+00B7."""
    joined = BETWEEN_CHINESE.sub("", name)
    return POINT_IN_NAME.sub("·", DOT_IN_NAME.sub("·", joined))


def plain_name(text: str) -> str:
    """Normalise a name as typed: half-width, nothing invisible, one blank between words."""
    plain = unicodedata.normalize("NFKC", text)
    visible = "".join(" " if one.isspace() else one for one in plain if not _is_hidden(one))
    return spelled(" ".join(visible.split()))


def _is_hidden(character: str) -> bool:
    return is_invisible(character) and not character.isspace()


def word(value: str) -> str:
    """Normalise a choice for comparison: half-width, lower case, without blanks."""
    plain = unicodedata.normalize("NFKC", value).lower()
    return "".join(
        character for character in plain if not (character.isspace() or is_invisible(character))
    )


def plain_code(text: str) -> str:
    """Normalise a number or code: half-width, plain hyphens, stripped, ="000217" unwrapped."""
    plain = stripped(unicodedata.normalize("NFKC", text)).translate(DASHES)
    if match := WRAPPED.fullmatch(plain):
        plain = stripped(match[1])
    return SPACED_DASH.sub("-", plain)


def typed_code(value: str | None) -> str | None:
    """Normalise a typed code like one of a list; None if it is empty. Use it as a field filter."""
    return plain_code(value or "") or None


def from_old_fonts(text: str) -> str:
    """Replace private-use characters of old fonts by their current code points."""
    return text.translate(OLD_FONTS)


def is_private(character: str) -> bool:
    """Return whether a character is in a private use area."""
    return unicodedata.category(character) == "Co"


def code_point(character: str) -> str:
    """Return the code point of a character as U+200B."""
    return f"U+{ord(character):04X}"


def length(text: str) -> int:
    """Return the length of a text in UTF-16 code units, as in Excel."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, most: int) -> str:
    """Truncate a text to `most` UTF-16 code units without splitting a character."""
    if 2 * len(text) <= most or length(text) <= most:
        return text
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * most]
    return kept.decode("utf-16-le", "ignore")
