/*
 * An event as bytes: for its place in the chain, for telling whether it is known already, and for finding what it
 * shares with others. Most of an event is the same for many: who, from where, to where, why. That part is its stencil;
 * what is left is its own. Invariant: the bytes depend on the event and the log's fact numbers alone, so they are the
 * same when the event is read back.
 *
 * The stencil: id, version and origin of the event, its computer; its facts that don't vary, by their numbers in the
 * log, each with its kind (1 text, 2 number) and value, and a 0; kind, peer, name and code of each observation.
 * The event's own: record, time of storing, time, ActivityID; its facts that vary, in the same way; the number of its
 * sentence; time and packet of each observation; record, process and thread of the log it comes from; name and value of
 * each foreign field. Numbers and texts are packed as pack.h says; version, origin, kind and 0 are bytes.
 */
#ifndef NTLMAUDIT_STORE_ENCODE_H
#define NTLMAUDIT_STORE_ENCODE_H

#include "base/text.h"
#include "event/event.h"
#include "base/pack.h"

#define ENCODE_EVENT_MAX ((size_t)1 << 20) /* bytes of one event; a longer one is refused */
#define ENCODE_EVIDENCE_MAX 256
#define ENCODE_FOREIGN_MAX 1024

/* Facts that differ from event to event. All others belong to the stencil. */
extern const bool fact_varies[FACT__COUNT];

/* Which facts the log knows, in the order of its own numbers for them. */
struct encode_facts {
	enum fact order[FACT__COUNT];
	uint32_t number[FACT__COUNT]; /* by fact, from 1 */
	size_t n;
};

/*
 * FACT_EVIDENCE is a sentence with a duration near its end, "... 3.13 ms before". Without that number it is the
 * same for many events: the stencil has the sentence with a mark in the number's place.
 */
#define SENTENCE_MARK '\001'

struct sentence {
	const char *shared; /* of the stencil; NULL where the event has none */
	const char *number; /* the event's own; NULL where nothing was cut out */
};

struct encoded {
	struct span shared; /* the stencil */
	struct span own;    /* all the rest */
	/*
	 * What decides, with the time in Windows' 100 ns, whether two events are the same: computer, activity, and the
	 * facts of Windows' layout. So an event is known again whether it comes from traffic or from a log of ours; one
	 * that Windows wrote is told by its EventRecordID, too.
	 */
	struct span same;
	struct sentence sentence;
};

/* Memory for one event after the other; the views it gives live until the next call. */
struct encoder {
	struct pack out;
	struct text sentence, number;
	struct encode_facts facts;
};

int encoder_init(struct encoder *x) __attribute__((warn_unused_result));
void encoder_finish(struct encoder *x);

/*
 * -E2BIG for an event over the limits, -ENOMEM. `record` and `written` (when it was stored, clock.h) are hashed with it,
 * e->record is not: it counts in its run only.
 */
int encode_event(struct encoder *x, const struct event *e, uint64_t record, int64_t written,
		 struct encoded *ret_encoded) __attribute__((warn_unused_result));

/* The other way round: puts the number back into the sentence. NULL where memory runs out. */
const char *sentence_join(struct text *out, const char *shared, const char *number);

#endif
