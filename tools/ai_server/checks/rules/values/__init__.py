"""Keys, types and forms of the values themselves."""
