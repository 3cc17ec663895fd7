"""Numbers out of measurements."""
