"""Large exports: requested, approved by a second person, downloaded."""
