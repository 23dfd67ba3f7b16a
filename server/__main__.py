"""`python -m server`: the command line, `imprimatur`."""

import signal

# While modules are loaded there is nothing to stop: Ctrl-C ends the process without a word.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from server.cli import app  # noqa: E402 - see above

signal.signal(signal.SIGINT, signal.default_int_handler)
app(prog_name="imprimatur")
