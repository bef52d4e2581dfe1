"""Plinth's pack beside checkov: the same resources for both, how long each takes, and what each finds."""
