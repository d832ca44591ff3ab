"""A session told outside the screen: as JSON, TOML, Markdown and short status."""
