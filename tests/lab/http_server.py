"""http_server.py ADDRESS PORT: HTTP that lets in whom winbind lets in by NTLM, with a helper for each connection as squid and others
have it: `YR`/`KK token` asked, `TT token`, `AF user` or `NA why` answered (ntlm_auth(1), squid-2.5-ntlmssp)."""
import http.server
import subprocess
import sys

HELPER = ['ntlm_auth', '--helper-protocol=squid-2.5-ntlmssp']


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    helper = user = None

    def ask(self, token):
        verb = 'KK' if self.helper else 'YR'
        if not self.helper:
            self.helper = subprocess.Popen(HELPER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.helper.stdin.write('%s %s\n' % (verb, token))
        self.helper.stdin.flush()
        return self.helper.stdout.readline().split()

    def forget_helper(self):
        if self.helper:
            self.helper.stdin.close()
            self.helper.stdout.close()
            self.helper.wait()
            self.helper = None

    def answer(self, code, text, challenge=None):
        body = (text + '\n').encode()
        self.send_response(code)
        if challenge:
            self.send_header('WWW-Authenticate', challenge)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        scheme, _, token = self.headers.get('Authorization', '').partition(' ')
        if scheme != 'NTLM' and not self.user:
            self.answer(401, 'who are you?', 'NTLM')
            return
        said = ['AF', self.user] if self.user else self.ask(token.strip())
        if said[0] == 'TT':
            self.answer(401, 'go on', 'NTLM ' + said[1])
            return
        self.forget_helper()
        if said[0] == 'AF':
            self.user = said[1]
            self.answer(200, 'welcome ' + self.user)
        else:
            self.answer(401, ' '.join(said), 'NTLM')

    def finish(self):
        super().finish()
        self.forget_helper()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
