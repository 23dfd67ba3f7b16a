"""Evidence that can be verified without the server."""

from strawberry.scalars import JSON

from auth.access import PUBLIC
from engine.fields import attribute
from engine.types import record


@record(
    "Signed evidence of an approval. The signature is a JWS with Ed25519, without its payload, over"
    " the canonical JSON (RFC 8785) of the document.",
    access=PUBLIC,
)
class ApprovalEvidence:
    document: JSON = attribute(
        "What was approved, every decision, and the recorded events with their hashes."
    )
    signature: str = attribute("The signature of the document: `<protected header>..<signature>`.")
    key_id: str = attribute("The thumbprint (RFC 7638) of the key that signed it.")
