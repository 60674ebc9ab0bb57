"""Controlled executions: real threads, of which exactly one runs, and a strategy that decides which.

    interrupts  when Ctrl-C may come
    session     one exploration's hold on the process; runs executions, one after the other
    watch       over them: a step that doesn't come back, and Ctrl-C
    execution   one execution: its threads, who can go on, whose turn it is, and the operations as they come
    thread      one of its threads, and what it can wait for
    outcome     what it came to, and who couldn't go on
    tidying     what it leaves behind
    forks       child processes of the scenario
    locks       locks and what else blocks, controlled by identity, however and whenever it was made
    lives       how threads start, end and are joined
    ages        threads and futures in a set, in the same order in each execution
    clock       virtual time
    workers     the OS threads; pinning: all on one CPU
    sight       the listener of instrumented code: from what is announced to operations and substitutes

Knows no strategy and no instrumentation: it is handed both.
"""
