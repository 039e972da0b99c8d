/*
 * ntlmauditd, and `ntlmaudit watch` in the foreground: live capture to stored events, in processes that each can do only
 * their own job. daemon_run() becomes the opener, and forks the others (daemon/station.h tells which).
 */
#ifndef NTLMAUDIT_DAEMON_DAEMON_H
#define NTLMAUDIT_DAEMON_DAEMON_H

#include "audit/audit.h"
#include "format/format.h"

struct part;

struct daemon_options {
	const struct part *part; /* what of the daemon this is, daemon/part.h; NULL: all */
	const char *root;	 /* a folder that stands for / where the policy is looked for; "" */
	const char *log;	 /* the channel log; NULL: nothing is stored */
	const char *run_dir;	 /* where the status socket is made; NULL: there is none */
	const char *user;	 /* whom the processes run as, but for opener and decoder */
	const char *const *interfaces; /* instead of the policy's */
	size_t n_interfaces;	       /* 0: the policy's */
	bool tap;	   /* mirror ports: both sides of everything, whoever they are */
	const char *const *samba_logs; /* instead of the policy's */
	size_t n_samba_logs;	       /* 0: the policy's */
	unsigned ring_mib; /* 0: the policy's */
	/* Files with keys of domain controllers, and private folders of Samba; where there are any, instead of the policy's. */
	const char *const *keytabs;
	size_t n_keytabs;
	const char *const *private_folders;
	size_t n_private_folders;
	bool no_bpf, no_sandbox;
	bool quiet; /* say only what is wrong */
	uint8_t key[AUDIT_KEY_SIZE];
	/* Events printed on standard output as they happen; NULL: none are. */
	const struct format *format;
	struct format_style style;
	int roles;	   /* bit = enum event_role */
	uint8_t min_level; /* enum event_level: the highest number that is printed */
};

#define DAEMON_USER "ntlmaudit"
#define DECODER_USER "ntlmaudit-decode"

/* Runs until SIGTERM or SIGINT. Says on standard error why it can't begin. An exit code: 0, or 3. The key is wiped. */
int daemon_run(struct daemon_options *options);

#endif
