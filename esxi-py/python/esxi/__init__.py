"""Plan, check and carry the configuration of stand-alone VMware ESXi hosts.

>>> import esxi
>>> plan = esxi.plan_block("147.75.1.8/29", provider="packet", layout="router-vm")
>>> str(plan.management)
'147.75.1.11'
>>> plan.usable
3
"""

from ._errors import (
    ApplyError,
    AuthError,
    BlockError,
    ConnectError,
    ConnectionLost,
    ConversionError,
    Diagnostic,
    EsxiError,
    FactsError,
    HostKeyError,
    HostMute,
    ImageError,
    LeftInState,
    PlanRefused,
    Position,
    RolledBack,
    SimError,
    SpecError,
    TeamingError,
    TransportError,
)
from ._esxi import (
    AddressRange,
    BlockPlan,
    PlannedAddress,
    Summary,
    __version__,
    explain,
    pack,
    plan_block,
    unpack,
)

__all__ = [
    "AddressRange",
    "ApplyError",
    "AuthError",
    "BlockError",
    "BlockPlan",
    "ConnectError",
    "ConnectionLost",
    "ConversionError",
    "Diagnostic",
    "EsxiError",
    "FactsError",
    "HostKeyError",
    "HostMute",
    "ImageError",
    "LeftInState",
    "PlanRefused",
    "PlannedAddress",
    "Position",
    "RolledBack",
    "SimError",
    "SpecError",
    "Summary",
    "TeamingError",
    "TransportError",
    "__version__",
    "explain",
    "pack",
    "plan_block",
    "unpack",
]
