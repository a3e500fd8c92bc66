"""Text and YAML: read with places, with Helm's scalars, and merged as Helm merges values files."""
