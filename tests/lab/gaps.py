"""What the program does not do yet of what the cases demand: told, not failed. A row goes when what it says is done; recorded.py fails
where one of its rows has become needless."""
import re

# Of what test, which of its messages, and what is to be done.
GAPS = (
)


class Judge:
    """A check that knows the gaps."""

    def __init__(self, test, check):
        self.test, self.check, self.met = test, check, {}

    def __call__(self, good, what):
        gap = next((row for row in GAPS if row[0] == self.test and re.match(row[1], what)), None)
        if good or not gap:
            return self.check(good, what)
        self.met[gap] = self.met.get(gap, 0) + 1
        return good

    def tell(self, all_must_be):
        for gap in GAPS:
            if gap in self.met:
                print('known gap, %d times: %s' % (self.met[gap], gap[2]))
            elif all_must_be and gap[0] == self.test:
                self.check(False, 'gaps.py has a row too many: ' + gap[2])
