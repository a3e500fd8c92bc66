"""Cluster truth: what the API server would refuse, said before it is asked."""
