/*
 * A process of the daemon, and what it has: its ends of the channels to the others, a buffer, a pulse. All of this is made by
 * the opener before anybody is forked, and outlives each process that takes part: what was on its way to one that died is
 * there for the one that takes its place.
 */
#ifndef NTLMAUDIT_DAEMON_STATION_H
#define NTLMAUDIT_DAEMON_STATION_H

#include "daemon/daemon.h"
#include "daemon/parcel.h"
#include "daemon/told.h"
#include "host/watch.h"
#include "policy/policy.h"

#include <signal.h>
#include <stdatomic.h>

enum member {
	MEMBER_OPENER,	      /* opens rings, starts the others, reads nothing of strangers */
	MEMBER_DECODE_OPENER, /* where the daemon is several parts (daemon/part.h): starts that part */
	MEMBER_KEEP_OPENER,    /* likewise */
	MEMBER_FORWARD_OPENER, /* likewise */
	MEMBER_HOST,	       /* which process holds a socket, which addresses are ours */
	MEMBER_DECODER,	       /* packets to events */
	MEMBER_KEEPER,	       /* events to the log */
	MEMBER_FORWARDER,      /* the log to one target; there may be several */
	MEMBER__COUNT
};

#define FORWARDERS_MAX 16
#define RING_OF_ALL "any"    /* its name, where an interface's has its own */
#define STATION_OWNED_MAX 80 /* rings, and some more */

const char *member_name(enum member m); /* "opener" */

struct part;
struct status_policy;

/* What is made before forking. */
struct station {
	const struct daemon_options *options;
	int64_t since;		  /* base/clock.h: when the daemon began to see packets */
	const char *ended_before; /* why the one before that did, where it is known; NULL */
	enum member me;
	const struct part *part; /* what of the daemon its opener starts; daemon/part.h */
	int end[MEMBER__COUNT][MEMBER__COUNT]; /* [mine][the other's]; -1: there is none */
	int listener;			       /* the status socket, the keeper's; -1: none */
	struct host_watch
		*watch; /* the host's; opened by the opener, which may then drop what that took */
	const char *watch_problem;    /* why it is not BPF, or not at all; NULL */
	int owned[STATION_OWNED_MAX]; /* the opener's alone; -1: a free place */
	bool is_tap; /* as options or policy say: both sides of everything, whoever they are */
	struct policy *policy; /* in force when the process was forked */
	/* What of its files was wrong, and whether the keeper is to take it as it is, since it can't read them. */
	struct status_policy *policy_status;
	bool is_policy_private;
	_Atomic uint64_t *pulse; /* [member]: grows while it works; shared */
	uint8_t *in, *out;	 /* PARCEL_MAX each */
	struct told told;	 /* by this process */
};

/* Makes all that the part begins with: the one that has the rings makes all channels. 0 or a negative errno. */
int station_open(struct station *st) __attribute__((warn_unused_result));

/* Is there to be a channel between the two? */
bool station_joins(enum member a, enum member b);

/*
 * After the fork: this process is that member. Of all that the opener has open it keeps its own ends, and standard streams;
 * the host its watch, too, which nobody else may hold.
 */
void station_become(struct station *st, enum member me);
/* A descriptor that only the opener may hold. */
void station_own(struct station *st, int fd);
void station_disown(struct station *st, int fd);

/* My end of the channel to another. */
static inline int station_to(const struct station *st, enum member other)
{
	return st->end[st->me][other];
}

static inline void station_beat(const struct station *st)
{
	atomic_fetch_add_explicit(&st->pulse[st->me], 1, memory_order_relaxed);
}

/* Sends a parcel that has no fields. */
int station_tell(const struct station *st, enum member other, enum parcel_type type);
/* That this one is new: to all that started, or serve, it. */
void station_hello(const struct station *st);
/* Sends what is in `out`; where there is no room it is lost: only for what is told again soon. */
void station_send(const struct station *st, enum member other, const struct pack *out);
/* Tells the keeper a row of numbers for status, as its bytes are; lost as above. */
void station_count(const struct station *st, const void *row, size_t size);

/* What this process takes from whom; all else that comes is thrown away. */
struct hearing {
	enum member from; /* MEMBER__COUNT ends a table */
	enum parcel_type type;
	/* `r` is behind the type; *fd came along, or is -1: set to -1 by who keeps it. */
	void (*take)(void *ctx, struct reader *r, int *fd);
};

/*
 * Takes what the others have told, the opener first and in the order of enum member; at most some hundred from each. True
 * where there may be more.
 */
bool station_hear(const struct station *st, const struct hearing *table, void *ctx);

/* Set by SIGTERM (and, of the opener, SIGINT) and SIGHUP, which interrupt waiting. */
extern volatile sig_atomic_t station_stopped, station_hung_up;
void station_signals(void);

/* Each member's life; an exit code. */
int host_main(struct station *st);
int decoder_main(struct station *st);
int keeper_main(struct station *st);
int forwarder_main(struct station *st, const char *target);

#endif
