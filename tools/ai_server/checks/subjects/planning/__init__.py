"""The memory plan of a release: what its programs take on each node of a cluster."""
