"""smoke: asks a running release for an answer on every route, and finds GPU backends that run on their CPU."""
