"""The auditor adds up while money is under way."""

from tests.controlled import side_by_side

SAYS = ("AssertionError",)


def scenario():
    accounts = {"a": 10, "b": 10}

    def transfer():
        accounts["a"] -= 5
        accounts["b"] += 5

    def audit():
        assert accounts["a"] + accounts["b"] == 20

    side_by_side(transfer, audit)
