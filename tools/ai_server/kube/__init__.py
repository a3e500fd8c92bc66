"""Kubernetes: manifests, nodes and their amounts, schemas, the facts of a cluster, and the live one."""
