"""Screens and dialogs, each beside its styles."""
