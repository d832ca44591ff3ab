"""The sentences, one module for each floor of the house: ``MESSAGES = {name: (English, Chinese)}``."""
