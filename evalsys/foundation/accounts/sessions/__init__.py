"""Who is signed in, in which browser, and what was typed meanwhile."""
