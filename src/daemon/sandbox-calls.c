#include "daemon/sandbox-calls.h"

#include "daemon/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

/* Memory, time, and messages on what is open already: all that decoding takes. */
#define CALLS_BARE                                                                                 \
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(poll),     \
		SCMP_SYS(ppoll), SCMP_SYS(close), SCMP_SYS(munmap), SCMP_SYS(mremap),              \
		SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(getrandom),            \
		SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(clock_gettime),              \
		SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(rt_sigreturn),            \
		SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),       \
		SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getpid), SCMP_SYS(gettid)

/* Files of keys that it was handed are read again when they have changed. */
const int sandbox_decoder_calls[] = {CALLS_BARE, SCMP_SYS(lseek), SANDBOX_END};

/* And files, where Landlock lets it: the log and the policy. */
const int sandbox_keeper_calls[] = {
	CALLS_BARE,	     SCMP_SYS(open),	   SCMP_SYS(openat),	 SCMP_SYS(stat),
	SCMP_SYS(fstat),     SCMP_SYS(lstat),	   SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(access),    SCMP_SYS(faccessat),  SCMP_SYS(faccessat2), SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),  SCMP_SYS(readv),	   SCMP_SYS(writev),	 SCMP_SYS(lseek),
	SCMP_SYS(fsync),     SCMP_SYS(fdatasync),  SCMP_SYS(ftruncate),	 SCMP_SYS(fallocate),
	SCMP_SYS(unlink),    SCMP_SYS(unlinkat),   SCMP_SYS(rename),	 SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(mkdir),	   SCMP_SYS(mkdirat),	 SCMP_SYS(fcntl),
	SCMP_SYS(flock),     SCMP_SYS(fchmod),	   SCMP_SYS(fchown),	 SCMP_SYS(getdents64),
	SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(getcwd),	 SCMP_SYS(getuid),
	SCMP_SYS(geteuid),   SCMP_SYS(getgid),	   SCMP_SYS(getegid),	 SCMP_SYS(umask),
	SCMP_SYS(uname),     SCMP_SYS(statfs),	   SCMP_SYS(fstatfs),	 SCMP_SYS(sysinfo),
	SCMP_SYS(prlimit64), SCMP_SYS(accept4),	   SCMP_SYS(recvfrom),	 SCMP_SYS(sendto),
	SCMP_SYS(shutdown),  SANDBOX_END};

/* What no process of the daemon has use for, and whoever takes one over would. */
#define CALLS_NEVER                                                                                \
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),        \
		SCMP_SYS(process_vm_writev), SCMP_SYS(mount), SCMP_SYS(umount2),                   \
		SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(init_module),                     \
		SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),             \
		SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff),  \
		SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(userfaultfd), \
		SCMP_SYS(perf_event_open), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime),        \
		SCMP_SYS(sethostname), SCMP_SYS(setns)

const int sandbox_opener_never[] = {CALLS_NEVER, SANDBOX_END};
const int sandbox_never[] = {CALLS_NEVER, SCMP_SYS(unshare), SANDBOX_END};

static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls)
{
	int rc = 0;

	for (; *calls != SANDBOX_END && rc == 0; calls++)
		rc = seccomp_rule_add(filter, action, *calls, 0);
	return rc;
}

/* Whoever ends itself, as abort() does, signals itself. The others are the same user's, and would be there to end. */
static int add_self(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
}

/* Memory yes, code no. */
static int add_memory(scmp_filter_ctx filter)
{
	int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	return rc < 0 ? rc
		      : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
					 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

int sandbox_restrict_calls(const int *allowed, const int *never, struct text *why)
{
	const uint32_t deny = SCMP_ACT_ERRNO(EPERM);
	scmp_filter_ctx filter = seccomp_init(allowed ? deny : SCMP_ACT_ALLOW);
	int rc = -ENOMEM;

	if (filter)
		rc = allowed ? add_all(filter, SCMP_ACT_ALLOW, allowed)
			     : add_all(filter, deny, never);
	if (rc == 0 && allowed)
		rc = add_memory(filter);
	if (rc == 0 && allowed)
		rc = add_self(filter);
	if (rc == 0)
		rc = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	if (rc < 0)
		text_printf(why, "seccomp: %s", strerror(-rc));
	return rc;
}
