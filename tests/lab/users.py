"""users.py NAME:PASSWORD[:disabled]...: makes accounts in the domain whose controller this machine is."""
import sys

from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

lp = LoadParm()
lp.load_default()
samdb = SamDB(session_info=system_session(), lp=lp)
for word in sys.argv[1:]:
    name, password, *rest = word.split(':')
    samdb.newuser(name, password)
    if 'disabled' in rest:
        samdb.disable_account('(sAMAccountName=%s)' % name)
