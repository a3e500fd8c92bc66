"""Versions: pins that are known to be bad, and pins that pin nothing."""
