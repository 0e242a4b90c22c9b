"""Pages of consultations: those of everybody, and those of the office."""
