"""Show MLflow's pages: `python -m hourglass.tracking`."""

from hourglass import signals

signals.install_handlers()

from hourglass.tracking import ui  # noqa: E402

ui.show()
