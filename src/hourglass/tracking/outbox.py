"""What is to be put on MLflow's record, in order. No result depends on it, and no training waits for it for long."""

import sys
import time
from collections import deque
from collections.abc import Callable

from mlflow import MlflowClient

from hourglass.errors import UserError
from hourglass.tracking.store import UnreachableError, connect, place, without_passwords

PAUSE_SECONDS = 30.0
SHARE = 0.1  # of the time, at most, goes into trying to reach what does not answer
PATIENCE_SECONDS = 90.0  # at the end, for a database that others have locked
LOCKED = "database is locked"

Work = Callable[[MlflowClient], None]


class Outbox:
    """Work for MLflow's client, done at once where its records can be reached, and otherwise as soon as they can.

    name: of whom the work is, for messages.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._client: MlflowClient | None = None
        self._waiting: deque[Work] = deque()
        self._next_try = 0.0

    def put(self, work: Work) -> None:
        """Do this after all that was put before; keep it where that is not possible now."""
        self._waiting.append(work)
        first = not self._next_try
        if time.monotonic() >= self._next_try and (why := self._send()) and first:
            print(f"warning: {self._name}: cannot be logged now, and goes on without: {why}", file=sys.stderr)

    def close(self, patience: float = PATIENCE_SECONDS, advice: str = "") -> None:
        """Try once more; say where that fails. What still waits is done if anything is put later, and lost if not.

        patience: seconds that a database which others have locked is given. advice: what would help, for the message.
        """
        deadline = time.monotonic() + patience
        while (why := self._send()) and LOCKED in why and time.monotonic() < deadline:
            time.sleep(1.0)
        if why and self._client is not None and len(self._waiting) > 1:
            # it may be that work alone: a folder that cannot be written to must not keep the run's status back
            failed = self._waiting.popleft()
            if self._send():
                self._waiting.appendleft(failed)
        if why:
            print(f"warning: {self._name}: MLflow's record of it is not complete: {why}{advice}", file=sys.stderr)

    def _send(self) -> str:
        """Do what waits. Returns why that is not possible; empty where nothing is left."""
        start = time.monotonic()
        try:
            if self._client is None:
                self._client = connect(place())
            while self._waiting:
                self._waiting[0](self._client)
                self._waiting.popleft()
        except Exception as error:  # MLflow and what is below it raise what they like: said, and never a training's end
            if isinstance(error, UserError) and not isinstance(error, UnreachableError):
                raise
            now = time.monotonic()
            self._next_try = now + max(PAUSE_SECONDS, (now - start) / SHARE)
            said = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            return without_passwords(" ".join(said.split()))
        self._next_try = 0.0
        return ""
