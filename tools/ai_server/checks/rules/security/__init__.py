"""Security: what pods may do, what stands in values, and who can reach what."""
