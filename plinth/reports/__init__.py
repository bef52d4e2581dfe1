"""Reports: one preview's event log read into one model (`model.py`), and the formats that it is shown in.

What is in a log was written by whoever made the change: a name or value never becomes markup, and a secret never shows.
"""
