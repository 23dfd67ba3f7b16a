"""From an address to an account and back into it, over HTTP, with the mails that come."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.engines import Engines, migrated_database
from tests.http_client import LOGIN, HttpClient, http_client
from tests.live_server import live_server
from tests.mailbox import Mailbox
from tests.mailed import CHANGE_EMAIL, CHANGE_PASSWORD, REQUEST_RESET, RESET
from tests.registration_targets import NEW_PASSWORD
from tests.test_accounts import a_form
from tests.world import PASSWORD, REGISTER, VERIFY_EMAIL, Person

SITE = "https://press.example.com"
VIEWER = "{ viewer { email } }"


@pytest.fixture(scope="module")
def settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("flows")
    changed = {"worker": True, "public_url": SITE, "data_dir": folder}
    return settings.model_copy(update=changed)


@pytest.fixture(scope="module")
def mailbox(settings: Settings) -> Mailbox:
    return Mailbox(settings.data_dir / "mail")


@pytest.fixture(scope="module")
async def http(engines: Engines, settings: Settings) -> AsyncIterator[HttpClient]:
    async with migrated_database(engines) as url:
        own = settings.model_copy(update={"database_url": url})
        with live_server(create_app(own, open_services), own) as server:
            async with http_client(server) as client:
                yield client


async def done(
    http: HttpClient, query: str, by: Person | None = None, **input: Any
) -> dict[str, Any]:
    answer = (await http.ask(query, by, input=input)).json()
    [payload] = answer["data"].values()
    assert payload["errors"] == [], payload
    return dict(payload)


async def sign_in(http: HttpClient, email: str, password: str) -> Person:
    payload = await done(http, LOGIN, email=email, password=password)
    return Person(payload["user"]["id"], email, payload["accessToken"], payload["refreshToken"])


async def linked(mailbox: Mailbox, page: str, to: str, count: int) -> str:
    """The token in the link of the newest of so many mails."""
    await mailbox.arrived(to, count)
    token = mailbox.token(to)
    assert f"{SITE}/{page}?token={token}" in mailbox.texts(to)[-1].splitlines()
    return token


async def test_somebody_registers_forgets_their_password_and_moves_to_another_address(
    http: HttpClient, mailbox: Mailbox
) -> None:
    old, new = "ada@flows.example.com", "countess@flows.example.com"
    await done(http, REGISTER, None, **a_form(email=old))
    await done(http, VERIFY_EMAIL, token=await linked(mailbox, "verify-email", old, 1))
    first = await sign_in(http, old, PASSWORD)
    assert (await http.ask(VIEWER, first)).json()["data"] == {"viewer": {"email": old}}

    await done(http, REQUEST_RESET, email=old)
    token = await linked(mailbox, "reset-password", old, 2)
    await done(http, RESET, token=token, password=NEW_PASSWORD)
    refused = (await http.ask(VIEWER, first)).json()["errors"]
    assert [error["extensions"]["code"] for error in refused] == ["UNAUTHENTICATED"]

    second = await sign_in(http, old, NEW_PASSWORD)
    await done(http, CHANGE_EMAIL, second, email=new, password=NEW_PASSWORD)
    await done(http, VERIFY_EMAIL, token=await linked(mailbox, "verify-email", new, 1))
    assert (await http.ask(VIEWER, second)).json()["data"] == {"viewer": {"email": new}}

    third = await sign_in(http, new, NEW_PASSWORD)
    await done(http, CHANGE_PASSWORD, third, currentPassword=NEW_PASSWORD, password=PASSWORD)
    assert (await http.ask(VIEWER, third)).json()["data"] == {"viewer": {"email": new}}
    assert "errors" in (await http.ask(VIEWER, second)).json()
    await mailbox.arrived(new, 2)
    await mailbox.arrived(old, 4)
    assert sorted(mailbox.subjects(old)) == [
        "Choose a new password",
        "Confirm your address",
        "Your address was changed",
        "Your password was changed",
    ]
    assert mailbox.subjects(new) == ["Confirm your address", "Your password was changed"]
