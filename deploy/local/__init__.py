"""The stack on one machine: a real Apache Kafka and a real PostgreSQL, without containers or Java."""

from deploy.local.addresses import Addresses
from deploy.local.choose import choose_stack
from deploy.local.errors import StackError
from deploy.local.given import GivenStack
from deploy.local.packages import LocalStack
from deploy.local.service_process import ServiceProcess
from deploy.local.stack import Stack
from deploy.local.tokens import ROLES, mint_token

__all__ = [
    "ROLES",
    "Addresses",
    "GivenStack",
    "LocalStack",
    "ServiceProcess",
    "Stack",
    "StackError",
    "choose_stack",
    "mint_token",
]
