"""ai-server: typed values, checks against real nodes, rendering and mocked clusters for the chart of that name."""
