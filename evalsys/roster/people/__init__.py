"""The roster of a day: people listed and found, one person's history and change, export."""
