"""Cluster: the values against the nodes, classes and pods that are there."""
