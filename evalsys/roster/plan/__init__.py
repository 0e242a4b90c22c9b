"""The plan of an import: sections, people and chiefs compared with the database. Pure."""
