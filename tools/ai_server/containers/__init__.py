"""The container engine, and the images that a kind cluster is made of."""
