"""The two sheets of a roster as data: columns, headings and cell readers. Pure."""

from evalsys.roster.columns.people import PEOPLE
from evalsys.roster.columns.sections import SECTIONS

__all__ = ["PEOPLE", "SECTIONS"]
