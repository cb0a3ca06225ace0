"""The reference that a payment carries, so that it is found again: unique in the organisation.

Belgian sellers: the structured communication (OGM-VCS), ten digits and two check digits, ``+++090/9337/55493+++``
(Febelfin). Others: the creditor reference of ISO 11649, ``RF18539007547034``.
"""

from __future__ import annotations

from typing import Final

from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.iso7064 import mod_97_10

from services.billing.handlers.numbering import Number

#: Ten digits: two of the fiscal year, two of the series, six of the number.
_MOST_IN_OGM: Final = 999_999


def payment_reference(country: str, number: Number) -> str:
    """The reference of the invoice with ``number``, of a seller in ``country``."""
    if country == "BE" and number.sequence <= _MOST_IN_OGM:
        base = f"{number.fiscal_year % 100:02}{number.ordinal:02}{number.sequence:06}"
        return f"+++{ogm_vcs.format(base + ogm_vcs.calc_check_digits(base))}+++"
    body = f"{number.fiscal_year}{number.ordinal:02}{number.sequence:06}"
    return str(iso11649.validate(f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"))
