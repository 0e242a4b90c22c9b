"""The register of matters, and how their terms were kept."""
