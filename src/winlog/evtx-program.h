/*
 * BinXml, read once and then carried out for every record that uses it: a list of steps without lengths, references
 * and nesting, in which names that mean something are numbers. [MS-EVEN6] 2.2.12; libevtx's EVTX format, "Binary XML".
 */
#ifndef NTLMAUDIT_WINLOG_EVTX_PROGRAM_H
#define NTLMAUDIT_WINLOG_EVTX_PROGRAM_H

#include "base/reader.h"
#include "winlog/evtx-out.h"

/* Elements inside each other; Windows' own have four or five. */
#define EVTX_DEPTH_MAX 32

/* Names of elements and attributes that have a meaning here. */
enum evtx_atom {
	ATOM_OTHER,
	ATOM_ACTIVITY_ID,
	ATOM_CHANNEL,
	ATOM_COMPUTER,
	ATOM_CORRELATION,
	ATOM_DATA,
	ATOM_EVENT,
	ATOM_EVENT_DATA,
	ATOM_EVENT_ID,
	ATOM_EVENT_RECORD_ID,
	ATOM_EXECUTION,
	ATOM_GUID,
	ATOM_KEYWORDS,
	ATOM_LEVEL,
	ATOM_MESSAGE,
	ATOM_NAME,
	ATOM_OPCODE,
	ATOM_PROCESS_ID,
	ATOM_PROVIDER,
	ATOM_RENDERING_INFO,
	ATOM_SECURITY,
	ATOM_SYSTEM,
	ATOM_SYSTEM_TIME,
	ATOM_TASK,
	ATOM_THREAD_ID,
	ATOM_TIME_CREATED,
	ATOM_USER_DATA,
	ATOM_USER_ID,
	ATOM_VERSION,
	ATOM__COUNT
};

enum evtx_op {
	OP_OPEN,      /* an element: atom, text = its name */
	OP_ATTRIBUTE, /* atom; its value follows */
	OP_CONTENT,   /* the element's attributes are done */
	OP_TEXT,      /* text */
	OP_LITERAL,   /* a value that stands in the template: atom = its type, text = its bytes */
	OP_VALUE,     /* number = which of the instance's values */
	OP_OPTIONAL,  /* the same; where it is NULL, the element or attribute is not there */
	OP_CLOSE,
	OP__COUNT
};

struct evtx_step {
	uint8_t op, atom;
	uint16_t number;
	uint32_t len; /* of text */
	const char *text;
};

#define EVTX_STEPS_MAX 16384 /* of one store: a chunk's templates have some hundred */

/* Where programs and their texts lie. */
struct evtx_store {
	struct evtx_step *steps; /* EVTX_STEPS_MAX */
	size_t n_steps;
	struct evtx_out texts;
};

struct evtx_program {
	const struct evtx_step *steps;
	size_t n_steps;
};

int evtx_store_init(struct evtx_store *s) __attribute__((warn_unused_result));
void evtx_store_finish(struct evtx_store *s);
/* Forgets every program. */
void evtx_store_reset(struct evtx_store *s);

/* How elements are written. */
struct evtx_dialect {
	bool has_dependency; /* those of template definitions have a dependency identifier, others have none */
	bool check_hashes; /* a name that does not fit its hash is what was written over one */
};

/*
 * Reads one element with all that is in it at *r, which reads a chunk from its start: names lie anywhere in it. Where
 * it can't, r->why says the reason, and *ret_program has the steps up to there, which are good.
 */
void evtx_compile(struct evtx_store *s, struct reader *r, const struct evtx_dialect *dialect,
		  struct evtx_program *ret_program);

#endif
