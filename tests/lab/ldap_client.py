"""ldap_client.py HOST DOMAIN USER PASSWORD: an LDAP bind by NTLM, and a search."""
import sys

import ldb
from samba.credentials import DONT_USE_KERBEROS, Credentials
from samba.param import LoadParm
from samba.samdb import SamDB

host, domain, user, password = sys.argv[1:]
lp = LoadParm()
lp.load_default()
who = Credentials()
who.guess(lp)
who.set_domain(domain)
who.set_username(user)
who.set_password(password)
who.set_kerberos_state(DONT_USE_KERBEROS)
try:
    found = SamDB(url='ldap://' + host, credentials=who, lp=lp).search('', ldb.SCOPE_BASE, attrs=['dnsHostName'])
    print('found', found[0]['dnsHostName'][0])
except ldb.LdbError as error:
    sys.exit('refused: %s' % error.args[1])
