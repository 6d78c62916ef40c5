"""What outlives the process: one SQLite file, and files that are complete or absent."""
