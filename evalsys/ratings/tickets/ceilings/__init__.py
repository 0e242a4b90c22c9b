"""The ceiling of tickets per issuer, person and day."""
