/*
 * Enters a member's own sandbox in a process of its own and tries what whoever takes it over would try. For each line of the
 * table below it says "passed" or what was possible. Ends with `N passed, N failed`.
 */
#include "daemon/member.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char log_path[512], beside[512];
static int capture = -1; /* a socket that was open before, as a ring is */
static pid_t fellow;

#define OF(m) (1 << (m))
#define CLOSED (OF(MEMBER_DECODER) | OF(MEMBER_KEEPER))
#define ALL (CLOSED | OF(MEMBER_HOST) | OF(MEMBER_FORWARDER))

/* ---- attempts: 0 or more where they succeed ---- */

static int open_passwd(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static int open_key(void)
{
	return open("/etc/shadow", O_RDONLY);
}

static int make_file(void)
{
	return open(beside, O_WRONLY | O_CREAT, 0600);
}

static int make_in_log_folder(void)
{
	char name[600];

	snprintf(name, sizeof(name), "%s-probe", log_path);
	return open(name, O_WRONLY | O_CREAT, 0600);
}

static int read_beside(void)
{
	return open(beside, O_RDONLY);
}

static int inet_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int packet_socket(void)
{
	return socket(AF_PACKET, SOCK_DGRAM, 0);
}

static int execute(void)
{
	char *argv[] = {(char *)(uintptr_t) "true", NULL}, *envp[] = {NULL};

	return (int)syscall(SYS_execve, "/bin/true", argv, envp);
}

static int trace_parent(void)
{
	return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int read_parent(void)
{
	char byte;
	struct iovec mine = {&byte, 1}, its = {&capture, 1};

	return (int)process_vm_readv(getppid(), &mine, 1, &its, 1, 0);
}

static int signal_parent(void)
{
	return kill(getppid(), 0);
}

/* Another one of its user, as the other members are. */
static int signal_fellow(void)
{
	return (int)syscall(SYS_tgkill, fellow, fellow, 0);
}

static int signal_self(void)
{
	return (int)syscall(SYS_tgkill, getpid(), getpid(), 0);
}

static int make_process(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	return (int)pid;
}

static int make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -1 : 0;
}

static int make_code_later(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		_exit(EXIT_FAILURE);
	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static int be_root(void)
{
	return (int)syscall(SYS_setuid, 0);
}

static int new_namespace(void)
{
	return (int)syscall(SYS_unshare, 0x10000000); /* CLONE_NEWUSER */
}

static int load_bpf(void)
{
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int be_dumped(void)
{
	return prctl(PR_GET_DUMPABLE) == 1 ? 0 : -1;
}

static int leave_core(void)
{
	struct rlimit limit = {0};

	/* Where it can't even be asked for, it can't be changed either. */
	if (syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &limit) < 0)
		return -1;
	return limit.rlim_max > 0 ? 0 : -1;
}

/* What it must be able to do: memory, time, what is open. */
static int work(void)
{
	char *memory = malloc(1 << 20);
	struct stat st;

	if (!memory)
		return -1;
	memory[0] = 1;
	free(memory);
	(void)st;
	return (int)write(capture, "", 0);
}

static const struct {
	const char *what;
	int (*attempt)(void);
	int who; /* bits of enum member that must fail at it, */
	int may; /* and that must succeed */
} attempts[] = {
	{"works", work, 0, ALL},
	{"reads /etc/passwd", open_passwd, CLOSED, OF(MEMBER_FORWARDER) | OF(MEMBER_HOST)},
	{"reads /etc/shadow", open_key, CLOSED | OF(MEMBER_FORWARDER), 0},
	{"makes a file elsewhere", make_file, ALL, 0},
	{"reads a file elsewhere", read_beside, CLOSED | OF(MEMBER_FORWARDER), 0},
	{"makes a file in the log's folder", make_in_log_folder, OF(MEMBER_DECODER),
	 OF(MEMBER_KEEPER) | OF(MEMBER_FORWARDER)},
	{"makes an IP socket", inet_socket, CLOSED, OF(MEMBER_FORWARDER)},
	{"makes a local socket", unix_socket, CLOSED, OF(MEMBER_FORWARDER)},
	{"makes a packet socket", packet_socket, ALL, 0},
	{"executes a program", execute, ALL, 0},
	{"traces its parent", trace_parent, ALL, 0},
	{"reads its parent's memory", read_parent, ALL, 0},
	{"signals its parent", signal_parent, CLOSED, 0},
	{"signals another of its user", signal_fellow, CLOSED, 0},
	{"signals itself", signal_self, 0, CLOSED},
	{"makes a process", make_process, CLOSED, 0},
	{"maps code", make_code, CLOSED, 0},
	{"turns memory into code", make_code_later, CLOSED, 0},
	{"becomes root", be_root, ALL, 0},
	{"makes a namespace", new_namespace, ALL, 0},
	{"calls bpf()", load_bpf, CLOSED, 0},
	{"can be dumped", be_dumped, ALL, 0},
	{"leaves a core", leave_core, ALL, 0},
};

#define N_ATTEMPTS (sizeof(attempts) / sizeof(attempts[0]))

static pid_t start_fellow(const struct member_ids *ids)
{
	int is_other[2];
	char byte;
	pid_t pid;

	if (pipe(is_other) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		if (setresuid(ids->uid, ids->uid, ids->uid) < 0 ||
		    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || write(is_other[1], "", 1) != 1)
			_exit(EXIT_FAILURE);
		for (;;)
			pause();
	}
	close(is_other[1]);
	if (read(is_other[0], &byte, 1) != 1)
		abort();
	close(is_other[0]);
	return pid;
}

static int passed, failed;

static void result(bool good, const char *member, const char *what)
{
	passed += good;
	failed += !good;
	if (!good)
		printf("FAILED: %s: %s\n", member, what);
}

/* In the sandbox there may be nothing to print with: a byte an attempt goes through a pipe that was open before. */
static void try_all(const struct station *st, enum member m, const struct member_ids *ids, int out)
{
	struct sandbox s;
	struct text missing, why;
	uint8_t done[N_ATTEMPTS + 1] = {0};

	text_init(&missing, 0);
	text_init(&why, 0);
	member_sandbox(st, m, ids, "syslog+udp://localhost", &s);
	if (sandbox_enter(&s, &missing, &why) < 0) {
		fprintf(stderr, "%s: %s\n", member_name(m), why.ptr);
		_exit(EXIT_FAILURE);
	}
	done[N_ATTEMPTS] = missing.len == 0 ? 1 : 2;
	if (missing.len)
		fprintf(stderr, "%s goes without %s\n", member_name(m), missing.ptr);
	for (size_t i = 0; i < N_ATTEMPTS; i++)
		done[i] = attempts[i].attempt() >= 0 ? 1 : 2;
	if (write(out, done, sizeof(done)) != (ssize_t)sizeof(done))
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

static void probe(const struct station *st, enum member m, const struct member_ids *ids)
{
	uint8_t done[N_ATTEMPTS + 1] = {0};
	int channel[2], status;
	pid_t pid;

	if (pipe(channel) < 0)
		abort();
	pid = fork();
	if (pid == 0)
		try_all(st, m, ids, channel[1]);
	close(channel[1]);
	result(read(channel[0], done, sizeof(done)) == (ssize_t)sizeof(done), member_name(m),
	       "ends before all was tried");
	close(channel[0]);
	waitpid(pid, &status, 0);
	for (size_t i = 0; i < N_ATTEMPTS; i++) {
		if (attempts[i].who & OF(m))
			result(done[i] == 2, member_name(m), attempts[i].what);
		if (attempts[i].may & OF(m))
			result(done[i] == 1, member_name(m), attempts[i].what);
	}
}

/* argv: an empty folder that everybody may write to. */
int main(int argc, char **argv)
{
	struct daemon_options options = {.root = "", .log = log_path};
	struct station st = {.options = &options, .listener = -1};
	struct member_ids ids;
	FILE *file;

	if (argc != 2 || member_ids_find("nobody", &ids) < 0)
		return EXIT_FAILURE;
	snprintf(log_path, sizeof(log_path), "%s/log/log.db", argv[1]);
	snprintf(beside, sizeof(beside), "%s/beside", argv[1]);
	umask(0);
	if (mkdir(member_folder(log_path), 0777) < 0 || !(file = fopen(beside, "w")))
		return EXIT_FAILURE;
	fclose(file);
	chmod(beside, 0444);
	capture = open("/dev/null", O_WRONLY);
	fellow = start_fellow(&ids);
	for (int m = MEMBER_HOST; m < MEMBER__COUNT; m++)
		probe(&st, (enum member)m, &ids);
	(void)kill(fellow, SIGKILL);
	printf("%d passed, %d failed\n", passed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
