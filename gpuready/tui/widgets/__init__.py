"""Widgets; all of them paint lines and refresh only what changed."""
