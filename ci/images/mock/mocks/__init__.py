"""Stand-ins for programs that need a GPU: the same flags, environment, exit codes, paths, answers and failures."""
