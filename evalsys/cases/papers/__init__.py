"""Evidence and receipts: files of a case, and who has read what."""
