"""The programs of a release as processes on this machine."""
