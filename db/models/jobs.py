"""What is done again and again. The queue itself is pgqueuer's, not a model of ours."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Model


class JobSchedule(Model):
    """The moment of a schedule whose job was put on the queue last."""

    __tablename__ = "job_schedules"

    name: Mapped[str] = mapped_column(primary_key=True)
    ticked_at: Mapped[datetime]
