"""The stack on one machine: a real Apache Kafka and a real PostgreSQL, without containers or Java.

Names are loaded when they are asked for: commands that only need a path or a token start at once, and those that
run where the optional dependencies ``local`` are not installed still do.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.local.addresses import Addresses
    from deploy.local.choose import choose_stack
    from deploy.local.errors import StackError
    from deploy.local.given import GivenStack
    from deploy.local.packages import LocalStack
    from deploy.local.service_process import ServiceProcess
    from deploy.local.stack import Stack
    from deploy.local.system import System
    from deploy.local.tokens import ROLES, mint_token

__all__ = [
    "ROLES",
    "Addresses",
    "GivenStack",
    "LocalStack",
    "ServiceProcess",
    "Stack",
    "StackError",
    "System",
    "choose_stack",
    "mint_token",
]

_HOME = {
    "ROLES": "tokens",
    "Addresses": "addresses",
    "GivenStack": "given",
    "LocalStack": "packages",
    "ServiceProcess": "service_process",
    "Stack": "stack",
    "StackError": "errors",
    "System": "system",
    "choose_stack": "choose",
    "mint_token": "tokens",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"deploy.local.{_HOME[name]}"), name)
