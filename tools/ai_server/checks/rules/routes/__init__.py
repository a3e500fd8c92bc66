"""Routes: the server of each model, and its clients."""
