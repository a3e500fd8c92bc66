"""The toolkit of the ai-server chart: typed values, checks against real nodes, rendering and mocked clusters."""
