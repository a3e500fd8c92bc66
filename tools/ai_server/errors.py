"""The only error that users see: a message and a hint, without a traceback."""


class UserError(Exception):
    """An error that the user can fix.

    message says what is wrong, hint says what to do instead, code is the exit status:
    1 for findings in the input, 2 for misuse (wrong arguments, missing files or programs).
    """

    def __init__(self, message: str, *, hint: str = "", code: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message
