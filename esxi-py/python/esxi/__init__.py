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
    AddressPlan,
    AddressRange,
    BlockPlan,
    PlannedAddress,
    Profile,
    Summary,
    __version__,
    explain,
    load_profile,
    pack,
    plan_addresses,
    plan_block,
    providers,
    unpack,
)

__all__ = [
    "AddressPlan",
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
    "Profile",
    "RolledBack",
    "SimError",
    "SpecError",
    "Summary",
    "TeamingError",
    "TransportError",
    "__version__",
    "explain",
    "load_profile",
    "pack",
    "plan_addresses",
    "plan_block",
    "providers",
    "unpack",
]
