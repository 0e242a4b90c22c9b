"""Services handled: what tickets are compared with."""
