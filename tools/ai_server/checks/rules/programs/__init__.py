"""Programs: flags, variables and combinations that a program rejects or silently misreads."""
