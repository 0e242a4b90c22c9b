"""The registers of cases and the archive as workbooks."""
