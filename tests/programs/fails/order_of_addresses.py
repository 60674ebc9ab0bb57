"""Objects are walked in the order of their addresses."""

import random

from tests.controlled import side_by_side

KIND = "nondeterministic"
SAYS = ("a set's order", "order_of_addresses.py")
GENERATOR = random.Random(0)
KEPT = []  # so that addresses differ from one execution to the next


class Account:
    def __init__(self, entries):
        self.entries = entries


def scenario():
    accounts = []
    for number in range(20):
        accounts.append(Account(list(range(number % 3))))
        KEPT.extend(object() for _ in range(GENERATOR.randrange(9)))

    order = []

    def walk():
        for account in set(accounts):
            for entry in account.entries:
                order.append(entry)

    side_by_side(walk, walk)
