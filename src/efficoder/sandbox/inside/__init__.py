"""Everything that runs beside untrusted code."""
