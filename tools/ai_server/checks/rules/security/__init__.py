"""Privileges of pods, secrets in values, and exposed services."""
