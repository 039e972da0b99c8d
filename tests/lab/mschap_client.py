"""mschap_client.py DOMAIN USER PASSWORD: asks winbind as a RADIUS server does: MS-CHAPv2 (RFC 2759)."""
import hashlib
import os
import subprocess
import sys

from impacket.ntlm import compute_nthash, get_ntlmv1_response

domain, user, password = sys.argv[1:]
peer, authenticator = os.urandom(16), os.urandom(16)
challenge = hashlib.sha1(peer + authenticator + user.encode()).digest()[:8]  # RFC 2759, 8.2
response = get_ntlmv1_response(compute_nthash(password), challenge)  # 8.5
sys.exit(subprocess.run(['ntlm_auth', '--allow-mschapv2', '--request-nt-key', '--domain=' + domain, '--username=' + user,
                         '--challenge=' + challenge.hex(), '--nt-response=' + response.hex()], check=False).returncode)
