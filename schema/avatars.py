"""The pictures that people show themselves by."""

from auth.access import OWNER, PUBLIC
from engine.fields import attribute
from engine.types import record
from resolvers import avatars
from schema.accounts import User
from schema.building import mutation


@record(
    "A square picture, as WebP. Its addresses begin at the server's own, need no token, and are"
    " others as soon as it is another picture.",
    access=PUBLIC,
)
class Avatar:
    small: str = attribute("The address of the one of 64 by 64 pixels.")
    medium: str = attribute("The address of the one of 256 by 256 pixels.")
    large: str = attribute("The address of the one of 512 by 512 pixels.")


@record("Pictures of people.", access=PUBLIC)
class AvatarMutations:
    upload_avatar = mutation(avatars.upload, returns={"viewer": User}, access=OWNER)
    remove_avatar = mutation(avatars.remove, returns={"viewer": User}, access=OWNER)
