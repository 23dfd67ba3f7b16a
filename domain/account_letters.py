"""What is said in mails that concern an account itself."""

from dataclasses import dataclass

from domain.letters import Letter, notice

_NOT_YOU = "If this was not you, ignore this mail: without it, nothing happens."


@dataclass(frozen=True, slots=True)
class Way:
    """How a mailed token is brought back: by a link, or by a mutation where there is no page."""

    token: str
    link: str | None
    mutation: str

    @property
    def by_hand(self) -> tuple[str, ...]:
        if self.link is not None:
            return ()
        return (f"Give this token to the mutation {self.mutation}:", self.token)


def confirm_registration(way: Way) -> Letter:
    """Without the name that was given: whoever gives it could write to anybody with it."""
    return notice(
        "Confirm your address",
        "Somebody, we hope you, opened an account with this address. Confirm the address within a"
        " day, and the account is yours.",
        _NOT_YOU,
        *way.by_hand,
        link=way.link,
    )


def confirm_address(way: Way) -> Letter:
    return notice(
        "Confirm your address",
        "You asked to sign in with this address. Confirm it within a day, and it is the address"
        " of your account.",
        _NOT_YOU,
        *way.by_hand,
        link=way.link,
    )


def reset_password(way: Way) -> Letter:
    return notice(
        "Choose a new password",
        "Somebody, we hope you, asked for a new password for your account. You can choose it"
        " within the next hour. It signs you out everywhere.",
        _NOT_YOU,
        *way.by_hand,
        link=way.link,
    )


def address_taken() -> Letter:
    return notice(
        "You already have an account",
        "Somebody, perhaps you, asked to use this address for an account. It has one already, and"
        " nothing was changed.",
        "Sign in with the password that you have. If you do not remember it, ask for a new one.",
    )


def password_changed() -> Letter:
    return notice(
        "Your password was changed",
        "The password of your account was changed a moment ago, and other devices were signed out.",
        "If this was not you, ask for a new password at once, and tell your administrators.",
    )


def address_changed(address: str) -> Letter:
    return notice(
        "Your address was changed",
        f"From now on you sign in to your account with {address}; this address is no longer its.",
        "If this was not you, tell your administrators at once.",
    )
