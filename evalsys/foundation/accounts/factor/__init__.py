"""The second factor: what may be a code, and who has to show one."""
