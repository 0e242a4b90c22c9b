"""What people are told of cases, on their page and by mail."""
