/*
 * ntlmaudit doctor: checks[], each a function that looks at one thing and remarks what it found, with the line that mends what
 * is wrong. It changes nothing and runs no program: what it looks at may be what is broken.
 */
#ifndef NTLMAUDIT_CMD_DOCTOR_H
#define NTLMAUDIT_CMD_DOCTOR_H

#include "format/format.h"
#include "policy/policy.h"

#include <jansson.h>

/* From best to worst: a check is as bad as its worst remark. */
enum verdict { VERDICT_OK, VERDICT_SKIPPED, VERDICT_WARNING, VERDICT_ERROR, VERDICT__COUNT };

#define REMARKS_MAX 24

struct remark {
	enum verdict verdict;
	struct text what; /* a sentence */
	struct text cure; /* the line that mends it; empty: there is none */
};

struct checkup {
	struct remark remarks[REMARKS_MAX];
	size_t n;
	uint64_t left_out;
	enum verdict verdict; /* the worst */
};

struct doctor {
	const char *root; /* "", or a folder that stands for /: every file is looked for below it */
	const char *run_dir;
	const char *log; /* NULL: the daemon's */
	bool online;	 /* targets may be connected to */
	bool is_root;
	int64_t now;
	struct policy *policy; /* NULL: could not be read */
	struct problems problems;
	struct checkup policy_files; /* what reading the policy told */
	json_t *status;		     /* NULL: the daemon does not answer */
	int status_rc;
	struct text status_why;
};

struct check {
	const char *id;	   /* for machines: "capture" */
	const char *title; /* for people: what is looked at */
	void (*run)(struct doctor *d, struct checkup *c);
};

/* All, in the order in which they run; a row without an id ends them. */
extern const struct check checks[];

/* "ok", "skipped", ... */
const char *verdict_name(enum verdict verdict);

void checkup_init(struct checkup *c);
void checkup_finish(struct checkup *c);

/* Adds a sentence. */
void remark(struct checkup *c, enum verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The line that mends what was remarked last. */
void cure(struct checkup *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* True: root is needed and we are not; that is remarked, as skipped, and the check is done. */
bool doctor_needs_root(const struct doctor *d, struct checkup *c);

/* A path below the root; false where it is too long. */
bool doctor_path(const struct doctor *d, char *ret_path, size_t size, const char *path);
/* Does something stand there? */
bool doctor_exists(const struct doctor *d, const char *path);
/* Reads at most `max` bytes of a file below the root, of /proc and /sys, too. 0, -EFBIG, or what the system says. */
int doctor_read(const struct doctor *d, const char *path, size_t max, struct text *ret_text)
	__attribute__((warn_unused_result));

/* A user that the daemon's processes become, DAEMON_USER or DECODER_USER. False: there is none. */
bool doctor_user(const struct doctor *d, const char *name, unsigned *ret_uid, unsigned *ret_gid);

/* Is this machine a domain controller? */
bool doctor_is_dc(const struct doctor *d);

/* The checks, by file. */
void check_daemon(struct doctor *d, struct checkup *c);
void check_unit(struct doctor *d, struct checkup *c);
void check_user(struct doctor *d, struct checkup *c);
void check_apparmor(struct doctor *d, struct checkup *c);
void check_clock(struct doctor *d, struct checkup *c);
void check_capture(struct doctor *d, struct checkup *c);
void check_kernel(struct doctor *d, struct checkup *c);
void check_bpf(struct doctor *d, struct checkup *c);
void check_interfaces(struct doctor *d, struct checkup *c);
void check_namespaces(struct doctor *d, struct checkup *c);
void check_tls(struct doctor *d, struct checkup *c);
void check_policy_files(struct doctor *d, struct checkup *c);
void check_policies(struct doctor *d, struct checkup *c);
void check_exceptions(struct doctor *d, struct checkup *c);
void check_samba(struct doctor *d, struct checkup *c);
void check_samba_log(struct doctor *d, struct checkup *c);
void check_keys(struct doctor *d, struct checkup *c);
void check_folder(struct doctor *d, struct checkup *c);
void check_log(struct doctor *d, struct checkup *c);
void check_forward(struct doctor *d, struct checkup *c);

/* The results for people and for machines. */
struct doctor_count {
	size_t n[VERDICT__COUNT];
};

void doctor_print(struct text *out, const struct format_style *style, const struct check *check,
		  const struct checkup *c);
void doctor_print_end(struct text *out, const struct doctor_count *count, bool is_root);
void doctor_json(struct text *out, const struct check *check, const struct checkup *c);

#endif
