"""The exceptions. Which class a finding raises is a column of the table of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence


@dataclass(frozen=True)
class Position:
    """A place in a text: both count from 1, columns in Unicode scalar values."""

    line: int
    column: int


@dataclass(frozen=True)
class Diagnostic:
    """One finding: what is wrong, where, and what would be right."""

    code: str
    severity: str
    """``note``, ``warning`` or ``error``."""
    message: str
    path: Optional[str] = None
    """JSON pointer of the value, such as ``/block``."""
    file: Optional[str] = None
    start: Optional[Position] = None
    end: Optional[Position] = None
    help: Optional[str] = None
    """What to do."""
    fix: Optional[str] = None
    """Text that would replace the value."""


class EsxiError(Exception):
    """Base of everything that this package raises on purpose."""

    diagnostics: Sequence[Diagnostic]
    """All findings, errors and others."""

    def __init__(self, message: str = "", diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

    def _first(self) -> Optional[Diagnostic]:
        errors = [found for found in self.diagnostics if found.severity == "error"]
        return next(iter(errors or self.diagnostics), None)

    @property
    def code(self) -> Optional[str]:
        """The stable code of the first error, such as ``IP002``; see :func:`esxi.explain`."""
        first = self._first()
        return first.code if first else None

    @property
    def help(self) -> Optional[str]:
        """What to do about the first error."""
        first = self._first()
        return first.help if first else None


class BlockError(EsxiError, ValueError):
    """An address block cannot be read or laid out."""


class SpecError(EsxiError, ValueError):
    """A document is not what it should be."""


class ConversionError(EsxiError, ValueError):
    """A Linux network configuration has no counterpart on an ESXi host."""


class TeamingError(EsxiError, ValueError):
    """A bond has no counterpart in NIC teaming."""


class FactsError(EsxiError, ValueError):
    """What a host says of itself was not understood."""


class ImageError(EsxiError, OSError):
    """An image or a stream cannot be read or written."""


class ConnectError(EsxiError, ConnectionError):
    """A host cannot be reached."""


class HostKeyError(ConnectError):
    """A host's key is not known, or another than the known one."""


class ConnectionLost(ConnectError):
    """A connection ended while it was in use."""


class AuthError(EsxiError, PermissionError):
    """A host refuses the login."""


class HostMute(EsxiError, TimeoutError):
    """A connection stands but nothing comes through it."""


class TransportError(EsxiError, OSError):
    """A host refuses a session, or a transfer failed."""


class PlanRefused(EsxiError, RuntimeError):
    """A plan would lock somebody out or lose data. Nothing was changed."""


class ApplyError(EsxiError, RuntimeError):
    """Changing a host did not end as planned."""


class RolledBack(ApplyError):
    """The host brought its former state back."""


class LeftInState(ApplyError):
    """The host was left in another state, which the message names."""


class SimError(EsxiError, RuntimeError):
    """The simulated host cannot run here."""
