"""What a checklist is: its model, the loader of its TOML, units, and the rules that judge."""
