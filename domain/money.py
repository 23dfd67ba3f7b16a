"""Amounts in a currency, written as people read them."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_CODES: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
    CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
    GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF
    KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
    MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
    UGX USD UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
_DECIMALS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

CURRENCIES: Final = frozenset(_CODES.split())
"""The currency codes of ISO 4217 that are in circulation."""

DECIMALS: Final = {code: digits for digits, codes in _DECIMALS.items() for code in codes.split()}
"""Digits after the decimal point, for the currencies that do not have two."""

AMOUNT: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
"""How an exact amount is written: `1234.5`, no exponent, no grouping."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in a currency of ISO 4217."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.written()} {self.currency}"

    def written(self) -> Decimal:
        """The amount with all its digits, and no fewer than its currency has."""
        exact = self.amount.normalize()
        digits = max(DECIMALS.get(self.currency, 2), -int(exact.as_tuple().exponent))
        return exact.quantize(Decimal(1).scaleb(-digits))

    def grouped(self) -> str:
        """As a reader of a bill expects it: `1,234.50 EUR`."""
        return f"{self.written():,} {self.currency}"
