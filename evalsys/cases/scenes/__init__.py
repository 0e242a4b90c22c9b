"""The demo scenes of case kinds: a filled-in case in every state."""
