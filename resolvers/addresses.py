"""E-mail addresses as people type them."""

from email_validator import EmailNotValidError, validate_email

from domain.errors import Problem, refuse

_LONGEST = 254


def address(typed: str) -> tuple[str, list[Problem]]:
    """The address in its normal form, or what is wrong with it (RFC 5321; no look-up)."""
    if len(typed) > _LONGEST:
        return typed, [Problem(("email",), f"Use at most {_LONGEST} characters.")]
    try:
        return validate_email(typed.strip(), check_deliverability=False, strict=True).normalized, []
    except EmailNotValidError as error:
        return typed, [Problem(("email",), f"This is not an e-mail address: {error}")]


def checked_address(typed: str) -> str:
    """The address in its normal form; raises `Invalid`."""
    email, problems = address(typed)
    refuse(problems)
    return email
