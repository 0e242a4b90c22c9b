"""What the registers of all kinds of cases share."""
