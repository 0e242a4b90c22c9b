"""What steps of objections say on paper."""
