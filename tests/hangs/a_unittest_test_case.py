"""An exploration inside unittest: its failure is the test's, a skip in the scenario skips it.

Prints:
    ran 3 failures 1 errors 1 skipped 1
    AssertionError: 1 != 2
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
print(next(line for _, text in result.failures for line in text.splitlines() if line.startswith("AssertionError")))
telling.as_before()
