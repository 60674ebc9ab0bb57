"""An exploration inside unittest, begun by the test or by a decorator: its failure is the test's, and a skip in the
scenario skips it.

Prints:
    ran 5 failures 2 errors 1 skipped 1
    test_a_decorated_one: AssertionError: 1 != 2
    test_lost_update: AssertionError: 1 != 2
    as before
"""

import io
import threading
import unittest

import telling

import stress


class Transfers(unittest.TestCase):
    def explore(self, scenario):
        stress.explore(scenario, search="random", executions=20, timeout=0.5).raise_if_failed()

    @stress.interleave(search="random", executions=20)
    def test_a_decorated_one(self):
        numbers = [0]

        def add():
            numbers[0] += 1

        stress.parallel(add, add)
        self.assertEqual(numbers[0], 2)  # noqa: PT009  this is no pytest

    @stress.interleave
    def test_a_decorated_one_that_passes(self):
        stress.parallel(self.id, self.id)

    def test_lost_update(self):
        def scenario():
            numbers = [0]

            def add():
                numbers[0] += 1

            threads = [threading.Thread(target=add) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(numbers[0], 2)  # noqa: PT009  this is no pytest

        self.explore(scenario)

    def test_error(self):
        def scenario():
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()

        self.explore(scenario)

    def test_skip(self):
        def scenario():
            thread = threading.Thread(target=lambda: [].append(1))
            thread.start()
            self.skipTest("not today")

        self.explore(scenario)


telling.process()
suite = unittest.defaultTestLoader.loadTestsFromTestCase(Transfers)
result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
print("ran", result.testsRun, *(f"{what} {len(getattr(result, what))}" for what in ("failures", "errors", "skipped")))
for test, text in sorted(result.failures, key=lambda failure: failure[0].id()):
    print(test.id().rpartition(".")[2], *(line for line in text.splitlines() if line.startswith("Assert")), sep=": ")
telling.as_before()
