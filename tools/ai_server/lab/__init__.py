"""The laboratory: clusters, images, programs and the demo, which the tests need and an installed tool does not."""
