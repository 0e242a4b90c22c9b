"""Evidence, attachments and read receipts."""
