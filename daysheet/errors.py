"""
The exceptions Daysheet raises when the world will not cooperate.

Wrong data is never an exception: it is an ``Issue`` (``model/issues.py``). Each class says in
*is_retryable* whether trying again later can help, and in *exit_code* how a command ends.
"""

from typing import ClassVar


class DaysheetError(Exception):
    """Anything Daysheet itself raises; the message is one sentence for the person who has to act."""

    is_retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1


class UsageError(DaysheetError):
    """A file or an argument that a person gave to a command cannot be used as it is."""

    exit_code = 2


class ConfigError(DaysheetError):
    """The settings or a template cannot be used; the message names file, line, key and the nearest valid key."""

    exit_code = 3


class NotAllowed(DaysheetError):
    """The person may not do this."""

    exit_code = 4


class MailboxError(DaysheetError):
    """A mailbox cannot be worked."""

    exit_code = 5


class LoginRefused(MailboxError):
    """The server refused the user name, the password or the kind of login."""


class FolderMissing(MailboxError):
    """The folder named in the settings does not exist and could not be made."""


class MailboxUnreachable(MailboxError):
    """The server does not answer, or the connection broke; the next poll may succeed."""

    is_retryable = True


class ReaderError(DaysheetError):
    """The workbook reader process could not be started; a file it cannot read is a refusal, not this."""

    is_retryable = True


class StoreError(DaysheetError):
    """The database cannot be used."""


class StoreUnreachable(StoreError):
    """The database does not answer or is locked; waiting may help."""

    is_retryable = True
    exit_code = 5


class NoLongerMine(StoreError):
    """Another worker has taken the message over, or has ended it: what was done for it must not count."""


class SchemaOutdated(StoreError):
    """The database is older or newer than this program; the message names the command to run."""

    exit_code = 3


class TemplateChangeRefused(StoreError):
    """The template dropped or retyped a column that holds data; columns are only ever added."""

    exit_code = 3


class DeliveryError(DaysheetError):
    """A mail could not be handed over."""

    exit_code = 5


class DeliveryDeferred(DeliveryError):
    """The server said "not now" (4xx), or the connection broke before it had accepted the mail."""

    is_retryable = True


class DeliveryUnknown(DeliveryDeferred):
    """The server has the whole mail and has not said whether it takes it: sending it again may bring it twice."""


class ServerUnusable(DeliveryDeferred):
    """No mail can be handed over for now: the server does not answer, or does not let us in."""


class DeliveryRefused(DeliveryError):
    """The server said no for good (5xx)."""


class LeaseHeld(DaysheetError):
    """Another process is doing this very work; leave it to that one."""

    is_retryable = True
    exit_code = 7


class BackupDamaged(UsageError):
    """The file is no backup, or not the one that was written: nothing was done with it."""


class BackupRefused(DaysheetError):
    """A backup cannot be made or put back as things are; the message says what to change."""

    exit_code = 3


class CannotMark(DaysheetError):
    """The sender's workbook cannot be rewritten without losing something; answer with a fresh one instead."""
