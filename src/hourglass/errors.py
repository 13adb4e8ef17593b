"""The one error that is meant for the person at the keyboard."""


class UserError(Exception):
    """What is wrong, in one sentence that names the key or file, what was found and what would do.

    A stage prints it without a traceback and exits with 1.
    """
