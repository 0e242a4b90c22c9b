"""Which cases wait for whom: the first page of everybody."""
