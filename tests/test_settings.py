"""Settings come from the environment, and whatever is wrong in it is named with its cure."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from server import configuration, settings
from server.errors import OperatorError
from server.keys import load_or_create
from server.settings import Settings, SettingsError
from server.surroundings import CHECKOUT

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "k" * 32,
    "DATABASE_URL": "postgresql://app@db.internal/imprimatur",
    "REDIS_URL": "redis://bus.internal",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def load_with(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return settings.load()


def refused(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_with(monkeypatch, **variables)
    assert caught.value.exit_code == 2
    assert str(caught.value).splitlines() == caught.value.lines
    return caught.value.lines


def cure(name: str, default: object) -> str:
    return f"Correct it, or unset {name} to use {default}."


def pem(key: object) -> str:
    assert hasattr(key, "private_bytes")
    encoded: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return encoded.decode()


def test_nothing_set_is_a_development_server_in_the_checkout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = load_with(monkeypatch)
    assert (found.environment, found.host, found.port) == ("development", "127.0.0.1", 8000)
    assert found.data_dir == CHECKOUT / ".data"
    assert found.database_url is None


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_with(monkeypatch, PORT="", DATABASE_URL="", CORS_ORIGINS="") == Settings()


def test_each_wrong_variable_gets_one_line_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(monkeypatch, PORT="65536", LOG_FORMAT="xml", MAX_DEPTH="0") == [
        "PORT=65536 is wrong: should be less than or equal to 65535. " + cure("PORT", 8000),
        "LOG_FORMAT=xml is wrong: should be 'console' or 'json'. " + cure("LOG_FORMAT", "console"),
        "MAX_DEPTH=0 is wrong: should be greater than 0. " + cure("MAX_DEPTH", 16),
    ]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SECRET_KEY", "hunter2", "should have at least 32 characters"),
        ("DATABASE_URL", "mysql://root:hunter2@db/x", "it must begin with postgresql://"),
        ("DATABASE_URL", "hunter2", "it is not a database URL like postgresql://user@host/name"),
        ("DATABASE_REPLICA_URL", "hunter2", "it is not a database URL like"),
        ("METRICS_TOKEN", "hunter2", "should have at least 16 characters"),
        ("REDIS_URL", "http://:hunter2@bus", "it must begin with redis://, rediss:// or unix://"),
        ("EVIDENCE_PRIVATE_KEY", "hunter2", "it is not a private key in PEM form"),
        ("SMTP_URL", "http://me:hunter2@mail", "it must look like smtp://user:password@host"),
    ],
)
def test_a_wrong_secret_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    (line,) = refused(monkeypatch, **{name: value})
    assert line.startswith(f"{name} is wrong: {reason}")
    assert "hunter2" not in line


def test_a_key_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = refused(monkeypatch, EVIDENCE_PRIVATE_KEY=pem(generate_private_key(65537, 2048)))
    assert "must be an Ed25519 key" in line


def test_production_names_everything_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = refused(monkeypatch, ENVIRONMENT="production")
    assert "needs SECRET_KEY, DATABASE_URL, REDIS_URL: set" in line


def test_production_starts_with_all_three(monkeypatch: pytest.MonkeyPatch) -> None:
    key = pem(Ed25519PrivateKey.generate())
    found = load_with(monkeypatch, **PRODUCTION, EVIDENCE_PRIVATE_KEY=key.replace("\n", "\\n"))
    assert found.evidence_private_key == key
    assert found.database_url == "postgresql+asyncpg://app@db.internal/imprimatur"
    assert not found.in_development(found.introspection)


def test_a_replica_is_named_as_the_database_is(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_with(monkeypatch, DATABASE_REPLICA_URL="postgres://app@replica/imprimatur")
    assert found.database_replica_url == "postgresql+asyncpg://app@replica/imprimatur"
    assert found.database_url is None


def test_operations_are_executed_by_one_of_two_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_with(monkeypatch).graphql_engine == "planned"
    assert load_with(monkeypatch, GRAPHQL_ENGINE="core").graphql_engine == "core"
    (line,) = refused(monkeypatch, GRAPHQL_ENGINE="fast")
    assert line.startswith("GRAPHQL_ENGINE=fast is wrong: should be 'planned' or 'core'.")


def test_access_tokens_are_signed_with_one_of_two_algorithms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load_with(monkeypatch).jwt_algorithm == "EdDSA"
    assert load_with(monkeypatch, JWT_ALGORITHM="RS256").jwt_algorithm == "RS256"
    (line,) = refused(monkeypatch, JWT_ALGORITHM="HS256")
    assert line.startswith("JWT_ALGORITHM=HS256 is wrong: should be 'EdDSA' or 'RS256'.")


def test_a_switch_that_is_set_counts_in_production_too(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_with(monkeypatch, **PRODUCTION, INTROSPECTION="yes")
    assert found.in_development(found.introspection)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        *(
            ("MAIL_FROM", value, "it must be an address like Imprimatur <no-reply@example.com>")
            for value in ("nobody", "a@x.org, b@x.org", "A\t<a@x.org>")
        ),
        *(
            ("PUBLIC_URL", value, "it must look like https://imprimatur.example.com")
            for value in ("example.com", "ftp://example.com", "https://x.org/?a=b")
        ),
    ],
)
def test_where_mails_come_from_and_lead_to_is_checked(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    (line,) = refused(monkeypatch, **{name: value})
    assert line.startswith(f"{name}={value} is wrong: {reason}")


def test_mail_is_sent_as_somebody_through_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_with(
        monkeypatch,
        SMTP_URL="smtps://me:pass@mail.example.com",
        MAIL_FROM="Acme Press <press@example.com>",
        PUBLIC_URL="https://press.example.com/app/",
    )
    assert found.smtp_url == "smtps://me:pass@mail.example.com"
    assert found.mail_from == "Acme Press <press@example.com>"
    assert found.public_url == "https://press.example.com/app"


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_with(monkeypatch, CORS_ORIGINS="https://a.example, https://b.example")
    assert found.cors_origins == ["https://a.example", "https://b.example"]


def test_secrets_are_not_in_the_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = repr(
        load_with(
            monkeypatch,
            SECRET_KEY="k" * 32,
            REDIS_URL="redis://:hunter2@bus",
            METRICS_TOKEN="k" * 16,
            DATABASE_REPLICA_URL="postgresql://app:hunter2@replica/x",
        )
    )
    assert "hunter2" not in shown
    assert "kkkk" not in shown


def test_development_makes_its_keys_once_and_for_its_user_only(tmp_path: Path) -> None:
    here = Settings(data_dir=tmp_path / "data")
    made = load_or_create(here)
    assert load_or_create(here) == made
    assert made.encryption_keys == [made.secret_key]
    assert len(made.secret_key) >= 32
    files = sorted((tmp_path / "data" / "keys").iterdir())
    assert [file.name for file in files] == ["secret"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_keys_that_are_given_are_used_and_none_are_made(tmp_path: Path) -> None:
    encrypting = ["e" * 32, "f" * 32]
    given = Settings(data_dir=tmp_path, secret_key="k" * 32, encryption_keys=encrypting)
    made = load_or_create(given)
    assert (made.secret_key, made.encryption_keys) == ("k" * 32, encrypting)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_cannot_be_kept_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file in the way")
    with pytest.raises(OperatorError, match=r"The key .* can be neither read nor made"):
        load_or_create(Settings(data_dir=tmp_path))


def test_the_configuration_page_is_the_committed_one() -> None:
    committed = (CHECKOUT / "docs" / "configuration.md").read_text()
    assert configuration.page() == committed, "run `make docs`"


def test_every_setting_says_what_it_does() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]
    assert silent == []
