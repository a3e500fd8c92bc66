"""Helm and what it makes: render, release, routes, differences, Secrets."""
