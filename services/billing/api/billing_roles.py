"""Who may bill: the principal of every route that makes, shows or changes money documents."""

from __future__ import annotations

from typing import Annotated

from shared.http.auth import Principal, Role, require

Biller = Annotated[Principal, require(Role.BILLING, Role.ADMIN)]
