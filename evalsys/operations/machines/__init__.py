"""Several machines for the database: which table lies where, and who puts it there."""
