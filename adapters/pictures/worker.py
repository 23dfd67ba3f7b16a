"""The process that makes pictures: `python -m adapters.pictures.worker <memory bytes>`."""

from traceback import format_exc

from adapters.pictures.avatars import squares
from adapters.workers.child import Stage, serve
from adapters.workers.frames import Message
from domain.errors import Invalid


def _answer(job: Message, stage: Stage) -> Message:
    stage("file")
    try:
        made = list(squares(job.enclosed, job.said["sizes"]))
    except Invalid as error:
        return Message({"refused": error.message})
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a library's bug on odd input is told to our log
        text = "This picture cannot be read: export it anew."
        return Message({"refused": text, "failure": format_exc()})
    return Message({"lengths": [len(each) for each in made]}, b"".join(made))


if __name__ == "__main__":
    serve(_answer)
