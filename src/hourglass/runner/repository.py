"""DVC's view of this repository, where it is wanted in this process: what DVC cannot read is one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from dvc.exceptions import DvcException  # type: ignore[import-untyped]
from dvc.repo import Repo  # type: ignore[import-untyped]
from dvc.stage import PipelineStage  # type: ignore[import-untyped]

from hourglass.errors import UserError
from hourglass.runner import commands


@contextmanager
def repository() -> Iterator[Repo]:
    """The repository as it is now. Raises UserError where DVC cannot read it or does not do what is asked."""
    try:
        with Repo() as repo:
            yield repo
    except DvcException as error:
        # what DVC cannot read it calls by names of its own
        from hourglass.settings import params  # noqa: PLC0415

        params.load()
        raise UserError(said(error)) from None


def stages(repo: Repo) -> dict[str, PipelineStage]:
    """Those of dvc.yaml, by name; sweeps have a file of their own. Raises UserError where there are none."""
    found = {stage.addressing: stage for stage in repo.index.stages if stage.path_in_repo == commands.PIPELINE}
    if not found:
        raise UserError(commands.NO_STAGES)
    return found


def said(error: Exception) -> str:
    """In one line: what DVC, or the library below it, says."""
    causes = [error]
    while (cause := causes[-1].__cause__) is not None and isinstance(cause, Exception):
        causes.append(cause)
    lines = dict.fromkeys(" ".join(str(one).split()).rstrip(".") for one in causes)
    return ": ".join(line for line in lines if line) or type(error).__name__
