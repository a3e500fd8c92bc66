"""Cluster: the values against the existing nodes, classes and pods."""
