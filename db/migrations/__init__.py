"""The schema's history, as alembic revisions."""

from pathlib import Path

from alembic.config import Config


def config(database_url: str) -> Config:
    """What alembic's commands need to work on that database (`postgresql+asyncpg://`)."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["database_url"] = database_url
    return settings
