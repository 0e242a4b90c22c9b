"""Several machines for the database: the placement of tables, and `flask db distribute`."""
