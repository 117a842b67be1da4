"""People and programs: command line, API, chat page and settings. Knows nothing of how retrieval works."""
