"""How people want things to be for them."""

from auth.access import OWNER, PUBLIC
from domain import notifications
from domain.accounts import Theme
from engine.fields import attribute, computed
from engine.types import record
from resolvers import settings
from schema.accounts import User
from schema.building import mutation
from schema.notifications import NotificationPreference


@record("How somebody wants things to be for them.", access=PUBLIC)
class UserSettings:
    theme: Theme = attribute("How they want to see the front end.")
    notifications: list[NotificationPreference] = computed(
        lambda user: notifications.preferences(user.notification_preferences),
        description="How they want to be told of every kind of thing.",
        needs=("notification_preferences",),
    )


@record("Settings.", access=PUBLIC)
class SettingsMutations:
    update_settings = mutation(settings.update, returns={"viewer": User}, access=OWNER)
