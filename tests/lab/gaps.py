"""What the program does not do yet of what the cases demand: told, not failed. A row goes when what it says is done; recorded.py fails
where one of its rows has become needless."""
import re

# Of what test, which of its messages, and what is to be done.
GAPS = (
    ('recorded', r'^(impacket-smb|http-requests-winbind|http-curl-negotiate-ntlmssp|mit-ip|mit-kdc-reject|mit-noccache) from ',
     'where the client named no machine, Samba\'s member tells its controller and its log its own name: the same logon nevertheless'),
    ('recorded', r'^http-curl-ntlm-local from ', 'the line PASSDB has the member\'s name as workstation, the line NTLM_AUTH the client\'s: the latter counts'),
    ('live', r'^back-[a-z0-9-]+ from capture\+', 'a request over a trust without a logon number is of the logon at the machine that asked (or that this '
     'one asked for), not of another of the same account at about that time'),
    ('live', r'^trust-down from ', 'a request that got no answer has no status, whatever other controllers said of the logon'),
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
