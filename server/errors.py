"""What only the operator can put right.

OperatorError
├── SettingsError      a variable of the environment is missing or wrong
└── EngineError        an engine that we start ourselves does not come up
"""


class OperatorError(Exception):
    """Ends a command with one line naming the cause and the cure, and no traceback."""

    exit_code = 1

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(f"{cause.rstrip('.')}. {cure.rstrip('.')}.")
        self.cause = cause
        self.cure = cure


class EngineError(OperatorError):
    """An embedded PostgreSQL or Valkey cannot be started."""
