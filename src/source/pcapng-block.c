#include "source/pcapng-block.h"

#include <errno.h>
#include <string.h>

#define HEADER 8 /* type and length */
#define MAGIC UINT32_C(0x1a2b3c4d)

static int fail(struct block *b, const char *why)
{
	b->why = why;
	return -EBADMSG;
}

static int get_failed(struct block *b)
{
	if (!b->window->error)
		return fail(b, "truncated");
	b->why = strerror(b->window->error);
	return b->window->error == ENOMEM ? -ENOMEM : -EIO;
}

/* The file's next bytes, be they body or not. */
static int get(struct block *b, void *out, size_t len)
{
	return window_copy(b->window, out, len) ? 0 : get_failed(b);
}

static uint32_t number(const struct block *b, const uint8_t bytes[4])
{
	struct reader r = reader_of(span_make(bytes, 4));

	return block_u32(b, &r);
}

/*
 * 4.1: "Byte-Order Magic [...] an unsigned magic number, whose value is the hexadecimal number 0x1A2B3C4D.
 * This number can be used to distinguish sections that have been saved on little-endian machines from [...] big-endian"
 */
static int read_order(struct block *b)
{
	uint8_t magic[4];

	if (get(b, magic, sizeof(magic)) < 0)
		return -EBADMSG;
	for (int big = 0; big < 2; big++) {
		b->big = big;
		if (number(b, magic) == MAGIC)
			return 0;
	}
	return fail(b, "a section header without its magic number");
}

/* 3.1: "Block Total Length [...] This value MUST be a multiple of 4." */
static int check_length(struct block *b, uint32_t read)
{
	if (b->len % 4 || b->len < read + BLOCK_TRAILER)
		return fail(b, "its length is senseless");
	b->left = b->len - read - BLOCK_TRAILER;
	return 1;
}

int block_next(struct block *b)
{
	uint8_t head[HEADER];

	b->at += b->len;
	b->len = b->left = 0;
	if (!window_fill(b->window, 1) && !b->window->error)
		return 0;
	if (get(b, head, sizeof(head)) < 0)
		return -EBADMSG;
	b->type = number(b, head);
	if (b->type == BLOCK_SECTION && read_order(b) < 0)
		return -EBADMSG;
	b->len = number(b, head + 4);
	return check_length(b, b->type == BLOCK_SECTION ? HEADER + 4 : HEADER);
}

/* Takes bytes off the body. */
static int take(struct block *b, size_t len)
{
	if (len > b->left)
		return fail(b, "its contents are longer than itself");
	b->left -= (uint32_t)len;
	return 0;
}

int block_read(struct block *b, void *out, size_t len)
{
	return take(b, len) < 0 ? -EBADMSG : get(b, out, len);
}

int block_skip(struct block *b, size_t len)
{
	if (take(b, len) < 0)
		return -EBADMSG;
	return window_skip(b->window, len) ? 0 : get_failed(b);
}

/* 3.1: "This value MUST be [...] the same as the initial length" */
static int check_trailer(struct block *b, const uint8_t trailer[BLOCK_TRAILER])
{
	return number(b, trailer) == b->len ? 0 : fail(b, "its two lengths differ");
}

int block_end(struct block *b)
{
	uint8_t trailer[BLOCK_TRAILER];

	if (block_skip(b, b->left) < 0 || get(b, trailer, sizeof(trailer)) < 0)
		return -EBADMSG;
	return check_trailer(b, trailer);
}

int block_read_end(struct block *b, struct span *ret_rest)
{
	size_t len = b->left;
	const uint8_t *rest = window_take(b->window, len + BLOCK_TRAILER);

	b->left = 0;
	if (!rest)
		return get_failed(b);
	*ret_rest = span_make(rest, len);
	return check_trailer(b, rest + len);
}
