"""A DVC repository with a graph of five stages that take next to no time."""

import subprocess
import sys
import time
from pathlib import Path

from repository import ROOT, Copy

from hourglass.runner import __main__ as pipeline

GRAPH = """
stages:
  prepare:
    cmd: head -1 source > data
    deps: [source]
    outs: [data]
  train:
    foreach: [slow, fast, other]
    do:
      cmd: sh train ${item}
      deps: [data]
      outs: ["${item}.model"]
  compare:
    cmd: cat slow.model fast.model other.model > all
    deps: [slow.model, fast.model, other.model]
    outs: [all]
"""
# other stages end before slow does; a file named hold keeps a stage, one named broken lets it fail
TRAIN = """
test ! -e broken || { echo "error: $1 is broken"; exit 1; }
echo $$ >> started
test $1 != slow || sleep 1
while test -e hold; do sleep 0.05; done
{ echo $1; cat data; } > $1.model
"""


class Small(Copy):
    """A DVC repository in which `make repro` would call what `pipeline` calls."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.environment |= {"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100"}
        self.command = (sys.executable, "-m", "hourglass.runner")

    def pipeline(self, *arguments: str) -> str:
        result = self.call(pipeline.main, *arguments)
        assert result.returncode == 0, result.stdout
        return result.stdout

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Run in the background; ends when told, or by itself."""
        return subprocess.Popen(
            command, cwd=self.path, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def wait_for(self, name: str) -> None:
        """Until a stage has made a file."""
        deadline = time.monotonic() + 60
        while not (self.path / name).exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
