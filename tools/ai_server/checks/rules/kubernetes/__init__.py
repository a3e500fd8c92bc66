"""What the API server would reject, reported before the installation."""
