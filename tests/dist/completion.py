#!/usr/bin/env python3
"""What bash and zsh offer after Tab, asked of the real shells: every command, every option that --help has, and the words
that options take. ntlmauditd likewise, where it is built."""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import program

DAEMON = os.path.join(os.path.dirname(program.PROGRAM), 'ntlmauditd')
BASH = '/usr/share/bash-completion/bash_completion'
FORMATS = {'short', 'text', 'json', 'xml', 'csv', 'cef', 'ecs', 'ocsf'}
# What is typed before Tab, and what must be offered: all of it, nothing else.
EXACT = [
    ('ntlmaudit read -o ', FORMATS),
    ('ntlmaudit read --output ', FORMATS),
    ('ntlmaudit search --output ', FORMATS | {'evtx'}),
    ('ntlmaudit read --role ', {'client', 'server', 'domain', 'all'}),
    ('ntlmaudit read --role s', {'server'}),
    ('ntlmaudit search --min-level ', {'information', 'warning', 'error'}),
    ('ntlmaudit search --color ', {'auto', 'always', 'never'}),
    ('ntlmaudit search --outcome ', {'ok', 'failed', 'unknown', 'any'}),
    ('ntlmaudit report --output ', {'text', 'json', 'csv', 'html'}),
    ('ntlmaudit report --sort ', {'logons', 'failed', 'ntlmv1', 'warnings', 'users', 'clients', 'servers', 'first', 'last'}),
    ('ntlmaudit show --output ', {'text', 'json'}),
    ('ntlmaudit search --user ', set()),
    ('ntlmaudit verify --seal ', {'here.pcap', 'below/'}),
    ('ntlmaudit read h', {'here.pcap'}),
    ('ntlmaudit policy --root ', {'below/'}),
    ('ntlmaudit policy sh', {'show'}),
    ('ntlmaudit report wh', {'who', 'why', 'where'}),
    ('ntlmaudit explain KDC_ERR_S_PRINCIPAL_UN', {'KDC_ERR_S_PRINCIPAL_UNKNOWN'}),
    ('ntlmaudit explain avf', {'avflags'}),
]
# Lists that are long: these among others.
AMONG = [
    ('ntlmaudit search --finding ', {'relay', 'any', 'two-servers'}),
    ('ntlmaudit search --version ', {'NTLMv1', 'NTLMv2'}),
    ('ntlmaudit search --reason ', {'IP-address', 'no-target-name'}),
    ('ntlmaudit ', {'help', 'read', 'search', 'policy'}),
]


def helped(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=program.ENVIRONMENT)
    return done.stdout


def commands():
    text = helped(program.PROGRAM, '--help')
    return re.findall(r'^  ([a-z]+) +\S', text[text.index('commands:'):], re.M)


def options(*command):
    """Every spelling of an option that --help shows."""
    found = set()
    text = helped(*command, '--help')
    for line in text[text.index('options:'):].splitlines()[1:]:
        if not line.startswith('  -') and not line.startswith('   '):
            break
        found.update(re.findall(r'(?<![\w-])(--?[a-z][a-z-]*)', line[:28].split('[')[0]))
    return found


class Bash:
    """Answers as bash would, for lines that end where the cursor is."""
    name = 'bash'
    SCRIPT = r'''
        source "$1"; source "$2"; [ ! -e "$3" ] || source "$3"
        while IFS= read -r line; do
            COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=()
            read -ra COMP_WORDS <<<"${line//=/ = }"
            [[ $line != *[\ =] ]] || COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _${COMP_WORDS[0]}
            for reply in "${COMPREPLY[@]}"; do [ ! -d "$reply" ] || reply=$reply/; printf '%s\n' "$reply"; done
            echo .
        done'''

    def __init__(self, folder, files):
        self.shell = subprocess.Popen(
            ['bash', '--norc', '-c', self.SCRIPT, 'bash', BASH, files['ntlmaudit'], files.get('ntlmauditd', '/none')],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder)

    def ask(self, line):
        self.shell.stdin.write(line + '\n')
        self.shell.stdin.flush()
        replies = set()
        while (reply := self.shell.stdout.readline().rstrip('\n')) != '.':
            if not reply and self.shell.poll() is not None:
                raise RuntimeError('bash ended')
            replies.add(reply)
        return replies - {''}

    def close(self):
        self.shell.stdin.close()
        self.shell.stdout.close()
        self.shell.wait()


class Zsh:
    """A zsh at a terminal, in which whatever is offered is written down, too."""
    name = 'zsh'
    SETUP = r'''
        unsetopt zle_bracketed_paste; PROMPT= RPROMPT=; fpath=(%s $fpath)
        autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' format ''
        compadd() {
            case " $* " in *" -O "*|*" -A "*|*" -D "*) builtin compadd "$@"; return;; esac
            typeset -a offered; builtin compadd -A offered "$@"; print -rl -- $offered >>%s
            builtin compadd "$@"
        }
        answered() { print . >>%s; zle kill-whole-line }; zle -N answered; bindkey '^X^A' answered; bindkey '^I' list-choices
    '''

    def __init__(self, folder, files):
        self.out = os.path.join(folder, '..', 'offered')
        self.at = 0
        open(self.out, 'w', encoding='utf-8').close()
        places = os.path.join(folder, '..', 'zsh')
        os.mkdir(places)
        for name, path in files.items():
            shutil.copy(path, os.path.join(places, '_' + name))
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe('zsh', ['zsh', '-f', '-i'], {**program.ENVIRONMENT, 'TERM': 'dumb', 'HOME': folder})
        setup = os.path.join(folder, '..', 'setup.zsh')
        with open(setup, 'w', encoding='utf-8') as f:
            f.write(self.SETUP % (places, self.out, self.out))
        self.ask('source %s\n' % setup)

    def ask(self, line):
        os.write(self.terminal, line.encode() + (b'\t' if not line.endswith('\n') else b'') + b'\x18\x01')
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.01)[0]:
                os.read(self.terminal, 65536)
            with open(self.out, encoding='utf-8') as f:
                f.seek(self.at)
                text = f.read()
            if text.endswith('.\n'):
                self.at += len(text.encode())
                return {reply + ('/' if os.path.isdir(os.path.join(os.path.dirname(self.out), 'here', reply)) else '')
                        for reply in text.splitlines() if reply not in ('.', '')}
        raise RuntimeError('zsh does not answer to ' + line)

    def close(self):
        os.close(self.terminal)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def make(folder, shell):
    files = {}
    for path in (program.PROGRAM, DAEMON):
        if not os.path.exists(path):
            continue
        name = os.path.basename(path)
        files[name] = os.path.join(folder, '%s.%s' % (name, shell))
        with open(files[name], 'wb') as f:
            subprocess.run([path, 'completion', shell], stdout=f, check=True, env=program.ENVIRONMENT)
    return files


def plain(words):
    """zsh offers `--role=` where a value may follow at once."""
    return {word.rstrip('=') if word.startswith('-') else word for word in words}


def check(results, shell):
    for line, wanted in EXACT:
        got = shell.ask(line)
        results.check(got == wanted, '%s: "%s" offers %s, not %s' % (shell.name, line, sorted(got), sorted(wanted)))
    for line, wanted in AMONG:
        got = shell.ask(line)
        results.check(wanted <= got, '%s: "%s" does not offer %s' % (shell.name, line, sorted(wanted - got)))
    if shell.name == 'bash':
        got = shell.ask('ntlmaudit read --output=js')
        results.check(got == {'json'}, 'bash: --output=js offers %s' % sorted(got))
        got = shell.ask('ntlmaudit read --store=h')
        results.check(got == {'here.pcap'}, 'bash: --store=h offers %s' % sorted(got))
    asked = [(program.PROGRAM, name) for name in commands()]
    asked += [(DAEMON,)] if os.path.exists(DAEMON) else []
    for command in asked:
        line = ' '.join([os.path.basename(command[0]), *command[1:]])
        wanted = options(*command)
        got = plain(shell.ask(line + ' -')) | plain(shell.ask(line + ' --'))
        results.check(len(wanted) > 1, '%s --help has options' % line)
        results.check(got == wanted, '%s: after "%s" there is %s; --help has %s' % (
            shell.name, line, sorted(got - wanted), sorted(wanted - got)))


def main():
    results = program.Results()
    for kind in (Bash, Zsh):
        there = shutil.which(kind.name) and (kind is Zsh or os.path.exists(BASH))
        if not there:
            print('%s is not here: skipped' % kind.name)
            continue
        with program.temporary() as folder:
            here = os.path.join(folder, 'here')
            os.makedirs(os.path.join(here, 'below'))
            open(os.path.join(here, 'here.pcap'), 'w', encoding='utf-8').close()
            shell = kind(here, make(folder, kind.name))
            try:
                check(results, shell)
            finally:
                shell.close()
    done = program.run('completion', 'fish')
    results.check(done.returncode == 2 and b'bash and zsh' in done.stderr, 'another shell is refused')
    results.close()


if __name__ == '__main__':
    main()
