"""Front-line visits."""
