"""Looking for what seems strange in a period about to be closed (F14)."""
