"""The example and the proving ground: a bank whose transfers run in many threads, one small module a variant.

While a transfer is under way the bank is in a temporarily invalid state: the money has left one account and hasn't
reached the other. A lock tells the other threads to stay out. `python -m bank` tells the story on real threads;
`python -m stress bank` lets hypothesis-stress judge each variant.
"""
