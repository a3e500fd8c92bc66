"""Programs: flags, variables and combinations that a program would refuse or, worse, quietly misread."""
