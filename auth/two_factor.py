"""Second factors: one-time codes by the time (TOTP, RFC 6238), and recovery codes.

The codes are those that every authenticator makes: SHA-1, 6 digits, 30 seconds.
"""

import secrets
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest

import pyotp

ISSUER = "Imprimatur"
NEIGHBOURS = (-1, 0, 1)
"""Time steps around now whose codes are good: clocks differ, and typing takes time."""

RECOVERY_BYTES = 15
"""Enough that a plain hash of a code gives nothing to guess (OWASP ASVS 5.0, 6.5.2)."""
_GROUP = 4


def new_secret() -> str:
    """160 random bits in base32, as authenticators take them."""
    return pyotp.random_base32()


def uri(secret: str, account: str) -> str:
    """What is shown as a QR code: the secret with the name of its account (`otpauth://…`)."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code it is, None for none; takes as long whatever the code is."""
    totp = pyotp.TOTP(secret)
    current, presented = totp.timecode(now), code.encode()
    good = [
        current + offset
        for offset in NEIGHBOURS
        if compare_digest(totp.generate_otp(current + offset).encode(), presented)
    ]
    return max(good, default=None)


def new_recovery_code() -> str:
    """120 random bits in base32, in groups that can be copied by hand."""
    text = b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
