"""What rules are made of: violations, pages, views of the values, and the registry."""
