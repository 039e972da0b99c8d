/*
 * How it stands with the daemon: plain data that the keeper holds, fills from what the others tell it, and shows on the
 * status socket as JSON or as metrics. Invariant: nothing here points anywhere, so it is zeroed to begin with, copied and
 * sent as it is; and no field can hold a secret, as none holds anything of an authentication but counts.
 */
#ifndef NTLMAUDIT_DAEMON_STATUS_H
#define NTLMAUDIT_DAEMON_STATUS_H

#include "base/tally.h"
#include "host/watch.h"
#include "policy/wants.h"
#include "sink/forward.h"
#include "source/ring.h"

#include <sys/types.h>

#define STATUS_RUN_DIR "/run/ntlmaudit"
#define STATUS_SOCKET "status" /* in the run dir */

/* Texts end in a NUL; what is longer is cut (status_copy()). */
#define STATUS_NAME_SIZE 64
#define STATUS_LINE_SIZE 256
#define STATUS_PATH_SIZE 512

#define STATUS_PROCESSES_MAX 24
#define STATUS_RINGS_MAX 64
#define STATUS_FORWARDS_MAX 16
#define STATUS_LOGS_MAX 8
#define STATUS_EVENTS_MAX 32
#define STATUS_FILES_MAX 64
#define STATUS_PROBLEMS_MAX 16
#define STATUS_KEY_FILES_MAX 64

enum status_state { STATUS_DOWN, STATUS_STARTING, STATUS_RUNNING, STATUS_STATE__COUNT };

struct status_process {
	char name[STATUS_NAME_SIZE]; /* "opener", "host", "decoder", "keeper", "forwarder 1" */
	pid_t pid;
	enum status_state state;
	uint64_t restarts;
	int64_t since; /* when this one was started; 0: there is to be none; base/clock.h, as all times here */
	char problem[STATUS_LINE_SIZE]; /* why the one before ended; "" where there was none */
};

struct status_ring {
	char interface[STATUS_NAME_SIZE]; /* "any" where the ring takes all */
	struct ring_counts counts;	  /* since the daemon's start */
	int64_t last_drop;		  /* 0: nothing was dropped yet */
	char problem[STATUS_LINE_SIZE];	  /* "" while packets can come */
};

/* A log of Samba's that is followed. */
struct status_log {
	char path[STATUS_PATH_SIZE];
	uint64_t lines, behind;				 /* behind: bytes that were not read yet */
	uint64_t rotations, truncations, too_long, lost; /* as samba_follow_count */
	char problem[STATUS_LINE_SIZE];			 /* "" while it can be read */
};

struct status_host {
	bool is_known; /* the host process has told */
	enum host_method method;
	char why[STATUS_LINE_SIZE]; /* why it is not BPF */
	struct host_counts counts;
	uint64_t addresses; /* of this machine */
	char name[STATUS_LINE_SIZE];
	/* What smb.conf says of it; "" where it is no member and no controller. */
	char domain[STATUS_LINE_SIZE], dns_domain[STATUS_LINE_SIZE];
	bool is_dc;
};

struct status_store {
	char path[STATUS_PATH_SIZE];
	uint64_t stored;	 /* events since the daemon's start */
	uint64_t findings;	 /* likewise */
	uint64_t known;		 /* that were in the log already */
	uint64_t commits, bytes; /* bytes: of the log on disk */
	uint64_t last_record;	 /* EventRecordID */
	int64_t last_time;	 /* of that event; 0: there is none */
	int64_t last_commit;
	uint64_t waiting; /* events that are not committed yet */
	uint64_t dropped; /* lost: too many waited for a log that could not be written to */
	char problem[STATUS_LINE_SIZE]; /* "" while it can be written to */
};

struct status_forward {
	char target[STATUS_PATH_SIZE];
	uint64_t sent, waiting, dropped, failures; /* as forward_status */
	uint64_t cut;				   /* as forward_cut() */
	int64_t last_sent;
	bool reached;
	char problem[STATUS_LINE_SIZE];
};

/* A file of keys of domain controllers; never anything of what it holds. */
struct status_key_file {
	char path[STATUS_PATH_SIZE];
	char format[STATUS_NAME_SIZE];	/* "keytab"; "" where it could not be read */
	uint64_t accounts, sessions;	/* keys: of accounts, of channels that are set up */
	char problem[STATUS_LINE_SIZE]; /* "" where there is none */
};

/* Secure channels of domain controllers. What was unsealed and what was not, the tally counts. */
struct status_channels {
	uint64_t accounts, sessions; /* keys that are there */
	uint64_t readings;	     /* of the files */
	int64_t read;		     /* the last one; 0: there was none */
	int64_t sealed; /* when one last could not be read that had not been told of; 0: never */
	char problem[STATUS_LINE_SIZE]; /* which, and what would help */
};

/* Events of one ID that were made, by what the policy said to them. */
struct status_events {
	uint16_t id;
	uint64_t by_answer[POLICY_ANSWER__COUNT];
};

enum status_role { STATUS_CLIENT, STATUS_SERVER, STATUS_DOMAIN, STATUS_ROLE__COUNT };

/* What a role writes: POLICY_WANTED, then `level`; else POLICY_OFF, POLICY_ROLE or POLICY_SHARE, why it writes nothing. */
struct status_role_state {
	enum policy_answer answer;
	enum policy_level level;
	uint32_t share;
};

struct status_policy {
	int64_t loaded;
	uint64_t loads;	  /* times it was read anew and taken */
	uint64_t refused; /* times it was not, since a file had an error: the one before stays */
	bool is_refused;  /* the last time, too: what stands in the files is not in force */
	bool has_group_policy;				/* Group Policy says something */
	unsigned place;					/* of this machine in a rollout */
	char files[STATUS_FILES_MAX][STATUS_PATH_SIZE]; /* that say what is in force */
	size_t n_files;
	char problems[STATUS_PROBLEMS_MAX][STATUS_LINE_SIZE]; /* of the last reading */
	size_t n_problems;
	uint64_t problems_left_out;
	struct status_role_state roles[STATUS_ROLE__COUNT];
};

/* Times in which nothing could be seen. */
struct status_gaps {
	uint64_t n;
	int64_t begin, end; /* of the last one */
	char why[STATUS_LINE_SIZE];
};

struct daemon_status {
	int64_t start;
	int64_t now; /* set by whoever renders it, just before */
	bool is_tap; /* watches others' connections, too */
	struct status_process processes[STATUS_PROCESSES_MAX];
	size_t n_processes;
	struct status_ring rings[STATUS_RINGS_MAX];
	size_t n_rings;
	struct status_host host;
	struct status_log logs[STATUS_LOGS_MAX];
	size_t n_logs;
	struct tally tally; /* the decoder's, of all decoders since the start */
	struct status_store store;
	struct status_events events[STATUS_EVENTS_MAX]; /* in the order in which they first came */
	size_t n_events;
	struct status_forward forwards[STATUS_FORWARDS_MAX];
	size_t n_forwards;
	struct status_key_file keys[STATUS_KEY_FILES_MAX];
	size_t n_keys;
	struct status_channels channels;
	struct status_policy policy;
	struct status_gaps gaps;
};

/* ---- filling it ---- */

/* As much of `from` as fits, cut between runes; NULL is "". */
void status_copy(char *to, size_t size, const char *from);

/* The row of that name, a new one where there is none; NULL where the table is full. */
struct status_process *status_process(struct daemon_status *s, const char *name);
struct status_ring *status_ring(struct daemon_status *s, const char *interface);
struct status_forward *status_forward(struct daemon_status *s, const char *target);

/* There is to be none any more. */
void status_forget_process(struct daemon_status *s, const char *name);
/* All rows of rings that could be read from go; those that have a problem stay. */
void status_forget_rings(struct daemon_status *s);
/* Does the policy name that target, as far as a row has it? */
bool status_is_target(const struct policy *policy, const char *target);
/* All rows of targets go that the policy does not name. */
void status_forget_forwards(struct daemon_status *s, const struct policy *policy);
/* Takes counts over; notices when packets were dropped. */
void status_take_ring(struct status_ring *to, const struct ring_counts *counts, int64_t now);
void status_take_forward(struct status_forward *to, const struct forward_status *from);
/* One event was made, and the policy said this to it. */
void status_count_event(struct daemon_status *s, uint16_t id, enum policy_answer answer);

/* A policy is in force from now on: its files, roles and place. Problems stay: they are of the reading. */
void status_take_policy(struct status_policy *to, const struct policy *policy, int64_t now);
/* Before a reading: no problems are known. */
void status_forget_problems(struct status_policy *to);
/* problems.tell: `status_policy` is the struct above. */
void status_take_problem(void *status_policy, const struct problem *problem);

/* ---- showing it ---- */

/* What is not well, in sentences: a process that is down, packets dropped within the last hour, ... Returns how many. */
size_t status_problems(const struct daemon_status *s, void (*each)(void *ctx, const char *sentence),
		       void *ctx);

/* "down", "starting", "running"; "client", ... */
const char *status_state_name(enum status_state state);
const char *status_role_name(enum status_role role);

/* One JSON object in one line, and a newline. */
void status_json(const struct daemon_status *s, struct text *out);
/* Prometheus' text exposition format, 0.0.4. */
void status_metrics(const struct daemon_status *s, struct text *out);

/* Bytes of a request: who sends more is answered with an error. */
#define STATUS_REQUEST_MAX 4096
/* Bytes of an answer. */
#define STATUS_ANSWER_MAX ((size_t)2 << 20)

/*
 * Answers what came on the status socket so far: "status\n" with JSON, "GET /metrics HTTP/1.x" and a blank line with
 * metrics, "GET /" with a few words of help, anything else with an error. 0: `out` (init it with STATUS_ANSWER_MAX)
 * holds the whole answer, write it and close. -EAGAIN: not a whole request yet, read on, but not for longer than some
 * seconds. -ENOMEM: there is no answer, close.
 */
int status_answer(struct span request, const struct daemon_status *s, struct text *out)
	__attribute__((warn_unused_result));

#endif
