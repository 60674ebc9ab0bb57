"""Semantic twins: functions, each about one construct, run plain and instrumented, and everything observable compared.

A twin is a function of one parameter, `log`, in a file of this folder; what it returns, raises and logs is compared,
and so are the formatted traceback with its carets, the line events that a tracer sees, what is printed and the
warnings. A file named `since_3_12` needs that version. To add a case, write a function. Linters leave this folder out:
its code is odd on purpose, and two of its files are no Python 3.11.
"""
