"""Evidence of an approval: signed, complete, and good without the server."""

import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest

from auth.evidence import NotSigned, Signer, check, derived_key, public_key
from domain.evidence import examine
from domain.permissions import Role
from resolvers.evidence import hashed
from server.keys import load_or_create
from server.settings import Settings
from tests.editorial import DECIDE, UPDATE, node
from tests.test_cli import assert_one_line, run
from tests.world import Place, World, content, uuid_of

EVIDENCE = "evidence { document signature keyId }"
Document = dict[str, Any]


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR, Role.APPROVER, Role.MANAGER, Role.VIEWER)


@pytest.fixture(scope="module")
async def approval(place: Place) -> dict[str, Any]:
    """Two steps that approved, the second of them with a word."""
    template = await place.template(place[Role.EDITOR])
    people = [place[Role.APPROVER], place[Role.MANAGER]]
    made = await place.submitted(template, place[Role.EDITOR], *people)
    for step, person in zip(made["steps"], people, strict=True):
        given = {"step": step["id"], "verdict": "APPROVE", "comment": "Größe passt. 🌿"}
        await place.world.done(DECIDE, person, **given)
    return {**made, "template": template}


@pytest.fixture(scope="module")
async def evidence(place: Place, approval: dict[str, Any]) -> Document:
    await place.world.settled()
    found = await node(place.world, approval["id"], EVIDENCE, place[Role.ADMIN])
    return dict(found["evidence"])


def signer(world: World) -> Signer:
    return world.resources.evidence


async def test_it_names_what_was_approved_by_whom_when_and_from_where(
    place: Place, approval: dict[str, Any], evidence: Document
) -> None:
    said = evidence["document"]
    pinned = approval["template"]["currentVersion"]["contentHash"]
    assert said["organization"]["slug"] == place.slug
    assert said["template"]["name"] == "Welcome"
    assert (said["approval"]["status"], said["approval"]["contentHash"]) == ("APPROVED", pinned)
    assert said["templateVersion"]["contentHash"] == pinned
    assert set(said["templateVersion"]["partHashes"]) >= {"SOURCE", "VARIABLES"}
    people = [place[Role.APPROVER], place[Role.MANAGER]]
    for decision, person in zip(said["decisions"], people, strict=True):
        assert decision["by"]["email"] == person.email
        assert decision["by"]["id"] == str(uuid_of(person.id))
        assert decision["by"]["name"].endswith("Byron")
        assert (decision["verdict"], decision["contentHash"]) == ("APPROVE", pinned)
        assert decision["session"]["ip"] == decision["ip"] == "127.0.0.1"
        assert decision["comment"] == "Größe passt. 🌿"
    positions = [each["position"] for each in said["events"]]
    assert [each["position"] for each in said["decisions"]] == positions[1:]
    assert said["head"]["position"] >= positions[-1]


async def test_it_is_good_and_agrees_with_itself(world: World, evidence: Document) -> None:
    check(evidence["document"], evidence["signature"], signer(world).public)
    assert evidence["keyId"] == signer(world).kid
    examination = examine(evidence["document"], hashed)
    assert (examination.wrong, len(examination.good)) == ([], 7)


async def test_however_it_is_laid_out_it_is_the_same_document(
    world: World, evidence: Document
) -> None:
    shuffled = orjson.loads(orjson.dumps(_reversed(evidence["document"])))
    check(shuffled, evidence["signature"], signer(world).public)


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(each) for each in value] if isinstance(value, list) else value


async def test_any_other_value_anywhere_breaks_the_signature(
    world: World, evidence: Document
) -> None:
    document = evidence["document"]
    for path in list(_paths(document)):
        changed = deepcopy(document)
        _set(changed, path)
        with pytest.raises(NotSigned):
            check(changed, evidence["signature"], signer(world).public)


def _paths(value: Any, here: tuple[Any, ...] = ()) -> Any:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        if isinstance(each, dict | list) and each:
            yield from _paths(each, (*here, key))
        else:
            yield (*here, key)


def _set(value: Any, path: tuple[Any, ...]) -> None:
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = "something else"


FORGERIES: dict[str, tuple[Callable[[Document], object], str]] = {
    "a verdict": (lambda d: d["decisions"][0].update(verdict="REJECT"), "not what was recorded"),
    "who decided": (lambda d: d["decisions"][0]["by"].update(id="x"), "not what was recorded"),
    "when": (lambda d: d["decisions"][1].update(decidedAt="x"), "not what was recorded"),
    "the device": (lambda d: d["decisions"][1].update(session=None), "not what was recorded"),
    "on what": (lambda d: d["decisions"][0].update(contentHash="x"), "not what was recorded"),
    "a decision that is left out": (lambda d: d["decisions"].pop(), "is left out"),
    "an event": (lambda d: d["events"][1]["event"].update(ip="x"), "does not have its hash"),
    "a hash": (lambda d: d["events"][1].update(hash="00"), "does not have its hash"),
    "the order": (lambda d: d["events"].reverse(), "does not follow"),
    "the head": (lambda d: d["head"].update(position=1), "behind the head"),
    "the status": (lambda d: d["approval"].update(status="REJECTED"), "the last event left it"),
    "the content": (lambda d: d["approval"].update(contentHash="x"), "another hash"),
    "another approval": (lambda d: d["approval"].update(id="x"), "of something else"),
    "a step": (lambda d: d["stages"][0]["steps"][0].update(status="REJECTED"), "nobody decided"),
    "a rule": (lambda d: d["stages"][0].update(rule="AT_LEAST", atLeast=9), "required stage"),
    "the form": (lambda d: d.pop("events"), "not of this form"),
    "the version": (lambda d: d.update(version=2), "not of this form"),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_what_contradicts_the_record_is_found_even_where_it_is_signed(
    evidence: Document, name: str
) -> None:
    forge, said = FORGERIES[name]
    forged = deepcopy(evidence["document"])
    forge(forged)
    wrong = examine(forged, hashed).wrong
    assert any(said in each for each in wrong), wrong


@pytest.mark.parametrize("garbage", [{}, {"type": 1}, {"type": None, "version": []}])
def test_what_is_no_evidence_is_told(garbage: Any) -> None:
    assert "not of this form" in examine(garbage, hashed).wrong[0]


async def test_evidence_of_an_approval_that_goes_on_with_new_content_tells_what_stands(
    place: Place,
) -> None:
    editor, approver = place[Role.EDITOR], place[Role.APPROVER]
    template = await place.template(editor)
    made = await place.submitted(template, editor, approver, place[Role.MANAGER])
    step = made["steps"][0]["id"]
    await place.world.done(DECIDE, approver, step=step, verdict="APPROVE")
    given = {"template": template["id"], "content": content("<p>Another</p>")}
    await place.world.done(UPDATE, editor, **given)
    await place.world.settled()
    found = await node(place.world, made["id"], EVIDENCE, place[Role.ADMIN])
    document = found["evidence"]["document"]
    assert examine(document, hashed).wrong == []
    assert len(document["decisions"]) == 1
    assert document["decisions"][0]["contentHash"] != document["approval"]["contentHash"]


FORCE = """
mutation ($input: ForceApprovalInput!) {
  forceApproval(input: $input) { approval { status } errors { message } }
}
"""


async def test_evidence_of_what_was_forced_says_by_whom_and_why(place: Place) -> None:
    admin, template = place[Role.ADMIN], await place.template(place[Role.EDITOR])
    made = await place.submitted(template, place[Role.EDITOR], place[Role.APPROVER])
    await place.world.done(FORCE, admin, approval=made["id"], reason="The press waits.")
    await place.world.settled()
    document = (await node(place.world, made["id"], EVIDENCE, admin))["evidence"]["document"]
    assert examine(document, hashed).wrong == []
    [decision] = document["decisions"]
    assert (decision["kind"], decision["reason"]) == ("APPROVAL_FORCED", "The press waits.")
    assert document["approval"]["forced"]["by"]["email"] == decision["by"]["email"] == admin.email
    document["approval"]["forced"] = None
    assert any("required stage" in each for each in examine(document, hashed).wrong)


@pytest.mark.parametrize("role", [*Role, None])
async def test_it_is_for_who_reads_the_record_or_manages_approvals(
    place: Place, approval: dict[str, Any], role: Role | None
) -> None:
    await place.world.settled()
    query = "query ($id: ID!) { node(id: $id) { ... on ApprovalWorkflow { evidence { keyId } } } }"
    by = place[role] if role else (await place.world.organization())[Role.ADMIN]
    answer = await place.world.ask(query, {"id": approval["id"]}, by=by)
    if role in {Role.ADMIN, Role.MANAGER}:
        assert answer["data"]["node"]["evidence"] == {"keyId": signer(place.world).kid}
    elif role:
        assert answer["data"]["node"]["evidence"] is None
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    else:
        assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


# The key


def test_an_installation_without_a_key_for_it_derives_one_from_its_secret(tmp_path: Path) -> None:
    one = load_or_create(Settings(data_dir=tmp_path, secret_key="k" * 32))
    same = load_or_create(Settings(data_dir=tmp_path, secret_key="k" * 32))
    other = load_or_create(Settings(data_dir=tmp_path, secret_key="l" * 32))
    assert one.evidence_private_key == same.evidence_private_key == derived_key("k" * 32)
    assert one.evidence_private_key != other.evidence_private_key
    given = Settings(data_dir=tmp_path, evidence_private_key=other.evidence_private_key)
    assert load_or_create(given).evidence_private_key == other.evidence_private_key


def test_a_signature_says_which_key_made_it() -> None:
    ours, theirs = Signer(derived_key("ours")), Signer(derived_key("theirs"))
    with pytest.raises(NotSigned, match=f"another key, {theirs.kid}"):
        check({"a": 1}, theirs.sign({"a": 1}), ours.public)


@pytest.mark.parametrize("garbage", ["", ".", "..", "a..b", "e30..e30", "x" * 1_000])
def test_garbage_is_no_signature(garbage: str) -> None:
    with pytest.raises(NotSigned):
        check({"a": 1}, garbage, Signer(derived_key("ours")).public)


# The command


@pytest.fixture
async def files(world: World, tmp_path: Path, evidence: Document) -> tuple[Path, Path]:
    """The evidence and the public key, as somebody far away has them."""
    file, key = tmp_path / "evidence.json", tmp_path / "public.pem"
    file.write_bytes(orjson.dumps(evidence, option=orjson.OPT_INDENT_2))
    key.write_text(signer(world).public_pem)
    return file, key


def verify(file: Path, key: Path) -> subprocess.CompletedProcess[str]:
    """With no settings at all, and neither a database nor a network to go to."""
    nothing = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "DATABASE_URL": "nowhere"}
    return run(nothing, "evidence", "verify", str(file), "--key", str(key))


async def test_the_command_verifies_evidence_with_nothing_but_two_files(
    files: tuple[Path, Path],
) -> None:
    done = verify(*files)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "✓ the signature is good: nobody changed the document"
    assert len(done.stdout.splitlines()) == 8


async def test_the_command_says_what_is_wrong(files: tuple[Path, Path], evidence: Document) -> None:
    file, key = files
    changed = deepcopy(evidence)
    changed["document"]["decisions"][0]["verdict"] = "REJECT"
    file.write_bytes(orjson.dumps(changed))
    done = verify(file, key)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("✗ the signature is not good: the document is not the one")


async def test_the_command_tells_of_files_that_are_none(files: tuple[Path, Path]) -> None:
    file, key = files
    assert_one_line(verify(key, key), 1, "is no evidence.")
    assert_one_line(verify(file, file), 1, "is no Ed25519 public key in PEM.")
    assert_one_line(verify(file.with_suffix(".x"), key), 1, "cannot be read: No such file")


async def test_the_public_key_is_printed_for_others(settings: Settings, world: World) -> None:
    environment = {"PATH": "/usr/bin:/bin", "DATA_DIR": str(settings.data_dir)}
    done = run(environment, "evidence", "public-key")
    assert (done.returncode, done.stdout) == (0, signer(world).public_pem)
    public_key(done.stdout.encode())
