"""What a device is, told from what it says of itself."""

from anyio import to_thread

from engine.recent import Recent

LONGEST = 300
"""Characters that are looked at; people's devices need fewer."""

UNKNOWN = "Unknown device"
_MOST, _MOST_BYTES, _BYTES = 5_000, 4 * 2**20, 600


class Devices:
    """The names of devices. To find one out takes milliseconds, so that is left to a thread."""

    def __init__(self) -> None:
        self._known: Recent[str, str] = Recent(most=_MOST, bytes=_MOST_BYTES)

    async def name(self, user_agent: str) -> str:
        """Such as `Firefox on Linux`."""
        said = user_agent[:LONGEST]
        known = self._known.get(said)
        if known is None:
            known = await to_thread.run_sync(_name, said)
            self._known.keep(said, known, _BYTES)
        return known


def _name(user_agent: str) -> str:
    import ua_parser  # noqa: PLC0415 - a tenth of a second, which no start of a process has to spend

    found = ua_parser.parse(user_agent)
    browser = found.user_agent.family if found.user_agent else None
    system = found.os.family if found.os else None
    return " on ".join(each for each in (browser, system) if each) or UNKNOWN
