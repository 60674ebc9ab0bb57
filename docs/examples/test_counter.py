import stress


class Counter:
    def __init__(self):
        self.value = 0

    def add(self):
        self.value += 1


@stress.interleave
def test_two_threads_count_to_two():
    counter = Counter()
    stress.parallel(counter.add, counter.add)
    assert counter.value == 2
