"""What the pytest plugin is made of. Imported when a test first asks for one of its fixtures, not before."""
