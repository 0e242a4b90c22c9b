"""A large city to measure on: 1,000 sections, 10,000 members, 20,000 cases, 300,000 audit lines."""
