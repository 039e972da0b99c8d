/*
 * What the daemon's processes tell each other: one SOCK_SEQPACKET message is one parcel, a byte that says what it is and its
 * fields packed as base/pack.h does. Invariant: whoever receives one trusts nothing in it. Lengths, numbers and facts are
 * checked, texts are copied, and there is no field that could carry a response, a challenge or a key.
 */
#ifndef NTLMAUDIT_DAEMON_PARCEL_H
#define NTLMAUDIT_DAEMON_PARCEL_H

#include "base/arena.h"
#include "base/pack.h"
#include "base/tally.h"
#include "event/event.h"
#include "event/finding.h"
#include "event/gap.h"
#include "host/address.h"
#include "host/process.h"

#define PARCEL_MAX ((size_t)128 << 10)
#define PARCEL_TEXT_MAX ((size_t)64 << 10)
#define PARCEL_EVIDENCE_MAX 64

enum parcel_type {
	PARCEL_HELLO,	  /* I am new, or lost my place: tell me again what I need from you */
	PARCEL_READY,	  /* I am at work */
	PARCEL_EVENT,	  /* decoder to keeper */
	PARCEL_FINDING,	  /* likewise */
	PARCEL_ACK,	  /* keeper to decoder: the number of the last one that is safe */
	PARCEL_GAP,	  /* to the keeper: for so long nothing, or not all, was seen */
	PARCEL_HOLDING,	  /* host to keeper */
	PARCEL_ADDRESSES, /* host to decoder */
	PARCEL_COUNTS,	  /* to the keeper: the sender's numbers, for status */
	PARCEL_RING,	  /* opener to decoder, with a descriptor: read this; its number and name */
	PARCEL_RING_DOWN, /* decoder to opener: that one gives nothing any more */
	PARCEL_KEYS, /* opener to decoder: files of keys (daemon/keyring.h); to the keeper: numbers of them */
	PARCEL_POLICY, /* opener to keeper: read the policy again */
	PARCEL_LOG, /* host to decoder: a log of Samba's, whose lines follow; daemon/samba-log.h, as the next ones */
	PARCEL_LINE, /* host to decoder */
	PARCEL_PLACE, /* decoder to keeper, in order with events, and keeper to host: how far a log is read */
	PARCEL_KERBEROS, /* decoder to keeper, in order with events */
	PARCEL__COUNT
};

/* ---- sending and receiving ---- */

/* A pair of ends with room for many parcels. 0 or a negative errno. */
int parcel_pair(int ret_fd[2]) __attribute__((warn_unused_result));

/* 0; -EAGAIN where there is no room now; another negative errno. `fd` -1: no descriptor goes along. */
int parcel_send(int socket, struct span parcel, int fd) __attribute__((warn_unused_result));

/*
 * The next parcel into `buffer` (PARCEL_MAX bytes): 1, 0 where there is none now, or a negative errno (-EMSGSIZE: a longer
 * one was thrown away). With 1, *ret_fd is the descriptor that came along or -1, now the caller's; NULL: none is taken.
 */
int parcel_receive(int socket, uint8_t *buffer, struct span *ret_parcel, int *ret_fd)
	__attribute__((warn_unused_result));

/* ---- contents: after the type, which the reader has passed already ---- */

void parcel_begin(struct pack *out, uint8_t *buffer, enum parcel_type type);

/* Reads the type; PARCEL__COUNT where it is none. */
enum parcel_type parcel_type(struct reader *r);

#define PARCEL_AGAIN_AT 1 /* the byte of an event or finding that says `again` */

/*
 * An event and its number, which counts from 1 and never goes back; `again` where it was sent before. Read, its texts are in
 * the arena.
 */
void parcel_put_event(struct pack *out, uint64_t number, bool again, const struct event *e);
int parcel_get_event(struct reader *r, struct arena *arena, uint64_t *ret_number, bool *ret_again,
		     struct event *ret_event) __attribute__((warn_unused_result));

void parcel_put_finding(struct pack *out, uint64_t number, bool again, const struct finding *f);
int parcel_get_finding(struct reader *r, struct arena *arena, uint64_t *ret_number, bool *ret_again,
		       struct finding *ret_finding) __attribute__((warn_unused_result));

void parcel_put_holding(struct pack *out, const struct holding *h);
int parcel_get_holding(struct reader *r, struct arena *arena, struct holding *ret_holding)
	__attribute__((warn_unused_result));

void parcel_put_addresses(struct pack *out, const struct host_addresses *a);
/* host_addresses_finish() frees. */
int parcel_get_addresses(struct reader *r, struct host_addresses *ret_addresses)
	__attribute__((warn_unused_result));

/* But for the computer, which the keeper knows. */
void parcel_put_gap(struct pack *out, const struct gap *g);
int parcel_get_gap(struct reader *r, struct arena *arena, struct gap *ret_gap)
	__attribute__((warn_unused_result));

/* A text or NULL; read, a copy in the arena. Fails where it is longer than PARCEL_TEXT_MAX or has a NUL. */
const char *parcel_text(struct reader *r, struct arena *arena);

/* Nothing was wrong, and nothing is left: 0, else -EBADMSG. */
int parcel_end(const struct reader *r) __attribute__((warn_unused_result));

#endif
