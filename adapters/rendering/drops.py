"""How values look to Liquid: money prints itself, everything else stays as it is."""

from collections.abc import Iterator, Mapping

from liquid.exceptions import FilterArgumentError

from domain.money import CURRENCIES, Money
from domain.values import JsonValue, as_money


class MoneyDrop(Mapping[str, str]):
    """`{{ total }}` writes `12.50 EUR`; `total.amount` and `total.currency` are its parts."""

    def __init__(self, money: Money) -> None:
        self.money = money
        self._parts = {"amount": str(money.written()), "currency": money.currency}

    def __getitem__(self, key: str) -> str:
        return self._parts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def __hash__(self) -> int:
        return hash(self.money)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MoneyDrop) and self.money == other.money

    def __str__(self) -> str:
        return str(self.money)


def drop(value: JsonValue) -> object:
    """`value` with every money in it, at any depth, printable by Liquid."""
    if isinstance(value, list):
        return [drop(item) for item in value]
    if not isinstance(value, dict):
        return value
    money = as_money(value)
    return MoneyDrop(money) if money else {key: drop(item) for key, item in value.items()}


def money_filter(value: object, currency: object = None) -> str:
    """`{{ total | money }}` or `{{ 1234.5 | money: "EUR" }}`: grouped, as on a bill."""
    if isinstance(value, MoneyDrop) and currency is None:
        return value.money.grouped()
    if currency not in CURRENCIES:
        raise FilterArgumentError(
            'money needs a currency for a plain number: write | money: "EUR"', token=None
        )
    amount = value["amount"] if isinstance(value, MoneyDrop) else value
    if money := as_money({"amount": _plain(amount), "currency": str(currency)}):
        return money.grouped()
    raise FilterArgumentError("money needs an exact amount such as 12.50", token=None)


def _plain(amount: object) -> JsonValue:
    return amount if isinstance(amount, int | float) else str(amount)
