"""The last step of `make messages`: fill the English catalogue with the msgids.

The catalogue is kept complete, so that an English text can be reworded without changing the code,
and both languages are checked alike.
"""

from pathlib import Path

from babel.messages.pofile import read_po, write_po

CATALOGUE = Path(__file__).parents[1] / "translations/en/LC_MESSAGES/messages.po"
WIDTH = 76  # as pybabel writes


def fill_english() -> int:
    """Fill every empty English message with its msgid; return how many."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en")
    filled = 0
    for message in catalogue:
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not all(words):
            message.string = message.id
            filled += 1
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, omit_header=True, ignore_obsolete=True)
    return filled


if __name__ == "__main__":
    fill_english()
