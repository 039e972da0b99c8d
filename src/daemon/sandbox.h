/*
 * What a process of the daemon may still do, as a row of data: entered once, after the fork and before the first byte of a
 * stranger. Every part that the kernel can't give is named, and the others hold all the same.
 */
#ifndef NTLMAUDIT_DAEMON_SANDBOX_H
#define NTLMAUDIT_DAEMON_SANDBOX_H

#include "base/text.h"

#include <stdint.h>
#include <sys/types.h>

#define SANDBOX_PATHS_MAX 16

struct sandbox_path {
	const char *
		path; /* a folder or file and all below; one that is not there or closed to us is passed over */
	bool writable;
};

struct sandbox {
	pid_t parent;	 /* ends with it; 0: whoever it is */
	bool no_network; /* an empty network namespace */
	bool ids;	 /* become uid and gid, without other groups */
	uid_t uid;
	gid_t gid;
	uint64_t capabilities; /* bits of those that stay, CAP_TO_MASK64() */
	bool landlock;	       /* no file but those in paths */
	struct sandbox_path paths[SANDBOX_PATHS_MAX];
	size_t n_paths;
	/*
	 * Numbers of the system calls that are allowed, SANDBOX_END ends them: all others fail with EPERM, and so does memory
	 * that can be executed. NULL: all are but those in `never`.
	 */
	const int *calls, *never;
};

#define SANDBOX_END (-1)
#define CAP_BIT(cap) (UINT64_C(1) << (cap))

extern const int sandbox_decoder_calls[], sandbox_keeper_calls[];
/* What nobody needs; and the same but for what the opener's children begin with. */
extern const int sandbox_never[], sandbox_opener_never[];

/*
 * No way back from here. 0; -EPERM and the like where what must be had failed (`why`: which); what the kernel only lacks is in
 * `missing`, one sentence, empty where nothing is.
 */
int sandbox_enter(const struct sandbox *s, struct text *missing, struct text *why)
	__attribute__((warn_unused_result));

/* Ends with that process, which forked this one and may be dead by now; 0: whoever it is. All else stays as it is. */
int sandbox_follow(pid_t parent, struct text *why) __attribute__((warn_unused_result));

/* Adds a path; beyond SANDBOX_PATHS_MAX it is left out, which can only deny more. */
void sandbox_allow(struct sandbox *s, const char *path, bool writable);

#endif
