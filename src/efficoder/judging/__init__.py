"""Running candidates."""
