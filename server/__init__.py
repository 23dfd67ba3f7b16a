"""The front door: settings, engines, the ASGI application and the command line."""

import gc

# What is loaded stays: looking for garbage meanwhile takes a fifth of the time of a start. Whoever
# runs for long sets this back (`server/garbage.py`).
gc.set_threshold(500_000, 20, 20)
