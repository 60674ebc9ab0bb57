"""What went wrong, from what a scheduler sees by itself: the Failure of each kind, in words.

    waiting     deadlock and livelock: who waits for what, who holds it, and where
    leaks       locks that nobody will give back
    steps       a step that doesn't come back; a scenario that is not deterministic

Is handed plain data; knows neither threads nor strategies.
"""
