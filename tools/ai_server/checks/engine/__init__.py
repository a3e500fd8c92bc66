"""How rules are run: findings, waivers, the schema and the chart's own validation."""
