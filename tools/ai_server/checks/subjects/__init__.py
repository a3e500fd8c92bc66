"""What rules look at: programs, models, routes, images, placement."""
