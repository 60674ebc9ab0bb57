"""Two threads with a connection each write to one database: each statement is one step. A statement that waits for a
transaction of a thread that isn't let run comes back by itself (sqlite's own busy time-out), and its error is told.

Prints:
    passes
    error OperationalError: connection.execute("begin immediate")
    as before
"""

import sqlite3
import tempfile
import threading
from pathlib import Path

import telling


def in_threads(function):
    threads = [threading.Thread(target=function) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


with tempfile.TemporaryDirectory() as folder:
    file = Path(folder, "things.db")
    connection = sqlite3.connect(file)
    connection.execute("create table things (number int)")
    connection.commit()

    def one_statement():
        def write():
            connection = sqlite3.connect(file)
            connection.execute("insert into things values (1)").connection.commit()
            connection.close()

        lock = threading.Lock()

        def one_after_the_other():
            with lock:
                write()

        in_threads(one_after_the_other)

    def a_transaction():
        begun = []

        def write():
            connection = sqlite3.connect(file, timeout=0.01, isolation_level=None)
            try:
                connection.execute("begin immediate")
                begun.append(1)
                connection.execute("insert into things values (1)")
                connection.execute("commit")
            finally:
                connection.close()

        in_threads(write)

    telling.explore(one_statement, executions=5)
    telling.explore(a_transaction)
    connection.close()
telling.as_before()
