"""How rules are run: the schema and the chart first, then waivers, quotes and the order of the findings."""
