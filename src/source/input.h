/* One capture file, whatever its format: recognised by its first bytes, read packet by packet. */
#ifndef NTLMAUDIT_SOURCE_INPUT_H
#define NTLMAUDIT_SOURCE_INPUT_H

#include "base/text.h"
#include "source/window.h"
#include "wire/packet.h"

struct input; /* opaque to all but the formats */

/* What a format must do. `why` receives the reason of a failure, for people. */
struct input_ops {
	/* in->window is at the file's start. 0 or a negative errno. */
	int (*open)(struct input *in, struct text *why);
	/* 1 and a packet (valid until the next call), 0 at the end, or a negative errno. */
	int (*next)(struct input *in, struct packet *ret_packet, struct text *why);
	/* Frees in->state. */
	void (*close)(struct input *in);
};

struct input {
	const struct input_ops *ops;
	const char *name; /* as given; not owned */
	struct window window;
	void *state;
	uint64_t size;	 /* bytes; 0 = unknown (a pipe) */
	uint64_t number; /* packets read so far */
};

extern const struct input_ops input_pcap;   /* pcap */
extern const struct input_ops input_pcapng; /* pcapng */
extern const struct input_ops input_netmon; /* Microsoft Network Monitor 2.x */

/* Why a file is none of those we read. */
#define INPUT_UNKNOWN                                                                              \
	"not a capture file (pcap, pcapng, Network Monitor) nor a log (EVTX, XML, JSON, Samba's)"

/* Opens a file; "-" is standard input. 0, or a negative errno with the reason in `why`. */
int input_open(const char *name, struct text *why, struct input **ret_input)
	__attribute__((warn_unused_result));
void input_close(struct input *in);

/* As input_ops.next; sets source and number, and brings the time into a range that can be reckoned with. */
int input_next(struct input *in, struct packet *ret_packet, struct text *why)
	__attribute__((warn_unused_result));

/* For formats: fewer bytes are left than `what` has. Returns a negative errno, the reason in `why`. */
int input_cut_short(const struct input *in, const char *what, size_t len, struct text *why)
	__attribute__((warn_unused_result));

/* For formats: can packets of this link type be read? 0, or -ENOTSUP with the reason in `why`. */
int input_check_link(int link_type, struct text *why) __attribute__((warn_unused_result));

/* Bytes of the file read so far; 0 where that can't be told. */
uint64_t input_position(const struct input *in);

#endif
