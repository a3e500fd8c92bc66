"""Routes: which model is served by what, and who asks for it."""
