"""Sessions: one SQLite file for one site's walk through its checklists."""
