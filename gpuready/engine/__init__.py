"""Plans what could settle a check, runs what may run, judges and records what came of it."""
