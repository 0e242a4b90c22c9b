"""The roster: who works where, out of the personnel office's file."""
