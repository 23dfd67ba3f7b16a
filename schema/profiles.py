"""What people say about themselves."""

from auth.access import OWNER, PUBLIC
from engine.types import record
from resolvers import profiles
from schema.accounts import User
from schema.building import mutation


@record("Profiles.", access=PUBLIC)
class ProfileMutations:
    update_profile = mutation(profiles.update, returns={"viewer": User}, access=OWNER)
