"""Where an address is, told from a table on this machine: nobody is asked."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import maxminddb

HERE = "this machine"
NEARBY = "a private network"


class Places:
    """Places by address, from an `.mmdb` file of countries or cities; few without one."""

    def __init__(self, database: Path | None) -> None:
        self._reader = None if database is None else maxminddb.open_database(database)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()

    def name(self, ip: str) -> str | None:
        """Such as `Berlin, Germany`; None where it is not known."""
        try:
            address = ip_address(ip)
        except ValueError:
            return None
        mapped = getattr(address, "ipv4_mapped", None) or address
        if mapped.is_loopback:
            return HERE
        if mapped.is_private or mapped.is_link_local:
            return NEARBY
        return None if self._reader is None else _written(self._reader.get(str(mapped)))


def _written(found: Any) -> str | None:
    """The names in a record as GeoIP2 and GeoLite2 have it; some have the country as a code."""
    if not isinstance(found, dict):
        return None
    names = [_name(found.get("city")), _name(found.get("country"))]
    return ", ".join(each for each in names if each) or None


def _name(part: Any) -> str | None:
    if isinstance(part, dict):
        names = part.get("names")
        part = names.get("en") if isinstance(names, dict) else part.get("iso_code")
    return part if isinstance(part, str) else None
