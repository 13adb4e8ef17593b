"""Benchmarks of speed, memory and models, compared with other libraries: `python -m benchmarks`, or `make bench`."""

import sys
from pathlib import Path

# the package is not installed (see stages/__init__.py)
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
