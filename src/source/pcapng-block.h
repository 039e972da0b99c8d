/*
 * A pcapng file as a row of blocks, each read as far as its reader likes: what is not asked for is passed over
 * without being kept, so a block may claim any length. Works on pipes.
 */
#ifndef NTLMAUDIT_SOURCE_PCAPNG_BLOCK_H
#define NTLMAUDIT_SOURCE_PCAPNG_BLOCK_H

#include "base/reader.h"
#include "source/window.h"

/* draft-ietf-opsawg-pcapng, 11.1 */
enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_ENHANCED_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
};

#define BLOCK_TRAILER 4 /* the length again, after the body */

/* Zeroed but for the first at first. */
struct block {
	struct window *window; /* not owned */
	bool big;	       /* the section's byte order */
	uint64_t at;	       /* its offset in the file */
	uint32_t len;	       /* in the file, headers and all */
	uint32_t type;
	uint32_t left;	 /* bytes of its body not read yet */
	const char *why; /* after a failure: the reason */
};

/*
 * On to the next block; the one before must be done with. 1, 0 at the file's end, or a negative errno. Of a
 * section header the byte order is known, its magic number read.
 */
int block_next(struct block *b) __attribute__((warn_unused_result));

/* The next bytes of the body; 0, or a negative errno where there are fewer. */
int block_read(struct block *b, void *out, size_t len) __attribute__((warn_unused_result));
int block_skip(struct block *b, size_t len) __attribute__((warn_unused_result));

/* Done with: passes over the rest and checks the trailer. */
int block_end(struct block *b) __attribute__((warn_unused_result));

/* The rest of the body where it lies, valid until the next call, and done with the block. */
int block_read_end(struct block *b, struct span *ret_rest) __attribute__((warn_unused_result));

/* Numbers in the section's byte order. */
static inline uint16_t block_u16(const struct block *b, struct reader *r)
{
	return b->big ? reader_u16be(r) : reader_u16le(r);
}

static inline uint32_t block_u32(const struct block *b, struct reader *r)
{
	return b->big ? reader_u32be(r) : reader_u32le(r);
}

#endif
