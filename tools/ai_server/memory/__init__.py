"""How much memory a model takes on a node, and the plan of a node: bytes inside, converted where they are shown."""
