"""A breakpoint in a thread: while pdb stands there no limit runs, however long it takes; then the thread goes on.

Prints:
    passes
    [1]
    as before
"""

import io
import pdb
import select
import sys
import threading

import telling


class Slow(io.StringIO):
    """A user who takes longer than the time limit to type a line."""

    def readline(self, *arguments):
        select.select([], [], [], 0.7)  # in earnest: time.sleep would be virtual
        return super().readline(*arguments)


shown = [""]


def work(numbers):
    numbers.append(1)
    output = io.StringIO()
    pdb.Pdb(stdin=Slow("print(numbers)\ncontinue\n"), stdout=output, nosigint=True).set_trace(sys._getframe())
    numbers.append(2)
    shown[0] = output.getvalue()


def scenario():
    numbers = []
    thread = threading.Thread(target=work, args=(numbers,))
    thread.start()
    thread.join()
    assert numbers == [1, 2]


telling.explore(scenario, executions=1)
print(*(line for line in shown[0].replace("(Pdb) ", "").splitlines() if line[:1] == "["))
telling.as_before()
