"""connect: the settings of clients for a release: its address, its key, and models that suit them."""
