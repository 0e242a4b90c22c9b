"""The menu of the room: each of its features brings an entry, shown as tabs."""

REFORM = "reform"
