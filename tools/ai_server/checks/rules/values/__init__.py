"""Shape: keys, types and forms of the values themselves."""
