"""Versions that are known to be bad, and tags that pin no version."""
