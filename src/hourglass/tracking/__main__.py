"""`python -m hourglass.tracking [data set]` shows the trainings in MLflow's UI."""

import sys

from hourglass.errors import UserError
from hourglass.tracking import ui

if __name__ == "__main__":
    try:
        ui.show(*sys.argv[1:2])
    except UserError as error:
        sys.exit(f"{error}")
