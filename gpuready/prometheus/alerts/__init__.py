"""Alerts: the rules, what fires now, what fired, and which of it was true."""
