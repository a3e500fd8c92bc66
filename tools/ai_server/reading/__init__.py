"""Text and YAML: read with locations and Helm's scalars, and merged as Helm merges values files."""
