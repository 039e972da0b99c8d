/* What one reading of a capture gave: its events, kept as text, to compare readings. */
#ifndef NTLMAUDIT_TESTS_SEEN_H
#define NTLMAUDIT_TESTS_SEEN_H

#include "base/span.h"
#include "event/event.h"

#define SEEN_MAX 512

struct seen_event {
	uint16_t id;
	uint64_t frame; /* of the AUTHENTICATE */
	bool paired;	/* used by a comparison */
	char *facts[FACT__COUNT];
};

struct seen {
	struct seen_event events[SEEN_MAX];
	size_t n;
	bool render; /* also write each event in every format */
};

/* Reads the file behind a descriptor; the old events go. Aborts where the reading itself fails. */
void seen_read(struct seen *s, int fd);
void seen_finish(struct seen *s);

/*
 * Is every event of `part` one of `whole`? What a cut may take away is the answer and the target's name, and
 * with them the reason that they gave. Returns NULL, or what is wrong (valid until the next call).
 */
const char *seen_is_part(struct seen *part, struct seen *whole);
/*
 * The same where bytes in the middle are lost. A hole is waited for, so what follows may come with a later packet;
 * and an answer may be lost. The facts of each AUTHENTICATE stay.
 */
const char *seen_is_late_part(struct seen *part, struct seen *whole);
/* The same for a capture whose NTLM messages were damaged: same packets, same ends, no more events. */
const char *seen_is_no_more(struct seen *damaged, struct seen *whole);

#endif
