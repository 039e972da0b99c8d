#include "winlog/evtx.h"

#include "base/crc32.h"
#include "base/mem.h"
#include "base/reader.h"
#include "winlog/evtx-chunk.h"

#include <errno.h>

#define MAGIC "ElfFile"
#define HEADER_BLOCK 4096
#define HEADER_SUMMED 120

enum file_flag { FILE_DIRTY = 1 };

struct file {
	struct evtx_walk walk;
	FILE *in;
	uint64_t
		n_used; /* chunks that the header says are in use; UINT64_MAX where it can't be relied on */
	uint8_t block[EVTX_CHUNK_SIZE];
};

bool evtx_is(struct span head)
{
	return span_starts(head, MAGIC, 8);
}

static void problem(const struct file *f, const char *where, const char *why, uint64_t offset)
{
	f->walk.ops->problem(f->walk.ctx, where, why, offset);
}

/* As many bytes as there are, up to n. -EIO where reading fails. */
static int fill(struct file *f, size_t n, struct span *ret)
{
	size_t got = fread(f->block, 1, n, f->in);

	*ret = span_make(f->block, got);
	return ferror(f->in) ? -EIO : 0;
}

/*
 * A log that is open for writing, or was not closed, is marked as dirty: its header is older than its chunks, which
 * then speak for themselves. The count has 16 bits; the numbers of the first and last chunk have more.
 */
static void read_header(struct file *f, struct span head)
{
	struct reader r = reader_of(head);
	uint64_t first, last;
	uint32_t flags, sum;
	uint16_t n;

	reader_skip(&r, 8);
	first = reader_u64le(&r);
	last = reader_u64le(&r);
	reader_seek(&r, 42);
	n = reader_u16le(&r);
	reader_seek(&r, HEADER_SUMMED);
	flags = reader_u32le(&r);
	sum = reader_u32le(&r);
	if (!evtx_is(head))
		problem(f, "file header", "no signature", 0);
	else if (!reader_ok(&r))
		problem(f, "file header", "cut short", head.len);
	else if (!(flags & EVTX_NO_CHECKSUMS) &&
		 crc32_add(0, span_head(head, HEADER_SUMMED)) != sum)
		problem(f, "file header", "wrong checksum", 0);
	else if (!(flags & FILE_DIRTY))
		f->n_used = n;
	if (f->n_used != UINT64_MAX && first < UINT32_MAX && first >= f->n_used)
		f->n_used = first + 1;
	if (f->n_used != UINT64_MAX && last < UINT32_MAX && last >= f->n_used)
		f->n_used = last + 1;
}

static int carve(struct file *f, struct span bytes, uint64_t offset, size_t from)
{
	return f->walk.recover ? evtx_carve(&f->walk, bytes, offset, from) : 0;
}

/* Space that was reserved and never used is all zeros. */
static int read_block(struct file *f, uint64_t number, struct span bytes, uint64_t offset)
{
	bool is_sure = f->n_used != UINT64_MAX, is_used = number < f->n_used;
	int rc;

	if (!is_used || !evtx_is_chunk(bytes)) {
		if (is_sure && is_used && !span_is_zero(bytes))
			problem(f, "chunk header", "no signature", offset);
		return carve(f, bytes, offset, 0);
	}
	rc = evtx_read_chunk(&f->walk, bytes, offset);
	return rc ? rc : carve(f, bytes, offset, evtx_chunk_used(bytes));
}

static int read_all(struct file *f)
{
	uint64_t offset = HEADER_BLOCK, number = 0;
	struct span bytes;
	int rc = fill(f, HEADER_BLOCK, &bytes);

	read_header(f, bytes);
	if (!rc && bytes.len < HEADER_BLOCK)
		problem(f, "file", "ends inside its header", bytes.len);
	while (!rc && bytes.len) {
		rc = fill(f, EVTX_CHUNK_SIZE, &bytes);
		if (rc || !bytes.len)
			break;
		if (bytes.len < EVTX_CHUNK_SIZE)
			problem(f, "file", "ends inside a chunk", offset + bytes.len);
		rc = read_block(f, number++, bytes, offset);
		offset += EVTX_CHUNK_SIZE;
	}
	if (!rc && f->n_used != UINT64_MAX && number < f->n_used)
		problem(f, "file", "ends before its last chunk", offset);
	return rc;
}

int evtx_read(FILE *in, const struct evtx_options *options, const struct winlog_ops *ops, void *ctx)
{
	struct file *f = mem_zalloc(1, sizeof(*f));
	int rc;

	if (!f)
		return -ENOMEM;
	rc = evtx_engine_init(&f->walk.engine);
	if (!rc) {
		f->walk.ops = ops;
		f->walk.ctx = ctx;
		f->in = in;
		f->walk.recover = options && options->recover;
		f->n_used = UINT64_MAX;
		rc = read_all(f);
	}
	evtx_engine_finish(&f->walk.engine);
	mem_free(f);
	return rc;
}
