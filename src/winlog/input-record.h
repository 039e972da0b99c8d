/*
 * A record that a reader of text puts together, member by member, from texts in any order. Invariant: the record's
 * texts lie in the arena and live until the next winlog_draft_begin().
 */
#ifndef NTLMAUDIT_WINLOG_INPUT_RECORD_H
#define NTLMAUDIT_WINLOG_INPUT_RECORD_H

#include "base/arena.h"
#include "winlog/record.h"

enum winlog_member {
	MEMBER_PROVIDER,
	MEMBER_PROVIDER_GUID,
	MEMBER_CHANNEL,
	MEMBER_COMPUTER,
	MEMBER_USER_SID,
	MEMBER_RENDERED,
	MEMBER_EVENT_ID,
	MEMBER_VERSION,
	MEMBER_LEVEL,
	MEMBER_TASK,
	MEMBER_OPCODE,
	MEMBER_KEYWORDS,
	MEMBER_RECORD_ID,
	MEMBER_PROCESS_ID,
	MEMBER_THREAD_ID,
	MEMBER_TIME,
	MEMBER_ACTIVITY,
	WINLOG_MEMBER__COUNT
};

struct winlog_draft {
	struct winlog_record record;
	struct arena arena;
	uint32_t have; /* bit = winlog_member: was set */
	bool failed;   /* out of memory, or a record without end */
};

#define WINLOG_DRAFT_MAX                                                                           \
	((size_t)8 << 20) /* bytes of the arena: several times the longest record */

void winlog_draft_init(struct winlog_draft *d);
void winlog_draft_finish(struct winlog_draft *d);
void winlog_draft_begin(struct winlog_draft *d, uint64_t offset);

/* A copy in the arena; "" and `failed` where it is full. */
const char *winlog_draft_text(struct winlog_draft *d, struct span s);

/* The first value of a member stays. One that is not of the member's type is passed over. */
void winlog_draft_set(struct winlog_draft *d, enum winlog_member member, struct span value);

/* A Data element; both texts must live as long as the record. Beyond the limit it is counted. */
void winlog_draft_data(struct winlog_draft *d, const char *name, const char *value);

#endif
