/* A chunk of a log: 64 KiB with records that need nothing outside it. */
#ifndef NTLMAUDIT_WINLOG_EVTX_CHUNK_H
#define NTLMAUDIT_WINLOG_EVTX_CHUNK_H

#include "winlog/evtx-record.h"

#define EVTX_CHUNK_SIZE 65536
#define EVTX_NO_CHECKSUMS 4 /* flag of file and chunk headers: the sums were not made */

struct evtx_walk {
	struct evtx_engine engine;
	const struct winlog_ops *ops;
	void *ctx;
	struct span chunk;
	uint64_t offset; /* of the chunk in the input */
	bool recover;
};

bool evtx_is_chunk(struct span bytes);

/* The records of a chunk, which may be cut short. 0, or what ops->record ended the reading with. */
int evtx_read_chunk(struct evtx_walk *w, struct span bytes, uint64_t offset);

/*
 * What looks like a record from byte `from` on, in space that is not used. As above; `bytes` are the whole chunk.
 */
int evtx_carve(struct evtx_walk *w, struct span bytes, uint64_t offset, size_t from);

/* Where the unused space of a chunk begins, as its header says. */
size_t evtx_chunk_used(struct span bytes);

#endif
