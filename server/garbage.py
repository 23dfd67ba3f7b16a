"""How often a process that runs for long looks for garbage."""

import gc


def keep_what_is_loaded() -> None:
    """Modules and schema stay for ever: collecting garbage does not go through them again."""
    gc.collect()
    gc.freeze()
    # An answer has thousands of objects, and hardly a cycle among them.
    gc.set_threshold(10_000, 20, 20)
