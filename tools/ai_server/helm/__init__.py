"""Helm and its results: renders, releases, routes, differences, Secrets."""
