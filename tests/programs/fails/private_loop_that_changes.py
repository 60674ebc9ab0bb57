"""A loop over what no other thread can reach, which changes it: nobody knows whether it gets anywhere."""

KIND = "uncontrolled blocking"
SAYS = ("still running",)
TIMEOUT = 0.2


def scenario():
    seen = []
    while True:
        seen.append(1)
        seen.pop()
