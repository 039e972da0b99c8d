/*
 * DCE/RPC in named pipes: messages of any size are put together into the stream that dcerpc_data() reads.
 * Invariant: what is kept never exceeds what was wanted, and that is at most one fragment (64 KiB).
 */
#include "carrier/dcerpc.h"

#include <errno.h>

#include "base/mem.h"
#include "carrier/dcerpc-netlogon.h"

#define FRAGMENT_MAX ((size_t)64 * 1024)
#define HALF_MIN ((size_t)256)

static void half_reset(struct dcerpc_half *h)
{
	h->len = 0;
	h->want = 0;
	h->skip = 0;
}

void dcerpc_gap(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		enum stream_dir d)
{
	half_reset(&rpc->half[d]);
	dcerpc_netlogon_gap(rpc, env, key_base, d);
}

void dcerpc_finish(struct dcerpc *rpc)
{
	if (!rpc)
		return;
	for (int d = 0; d < STREAM_DIR__COUNT; d++) {
		mem_free_secret(rpc->half[d].ptr, rpc->half[d].cap);
		rpc->half[d] = (struct dcerpc_half){0};
	}
}

/*
 * Room for `need` bytes of a PDU that is h->want long, kept for the next ones. Grows with what has come: what a
 * header only claims costs nothing.
 */
static int half_reserve(struct dcerpc_half *h, size_t need)
{
	size_t size = h->cap * 2 > HALF_MIN ? h->cap * 2 : HALF_MIN;
	uint8_t *grown;

	if (h->want > FRAGMENT_MAX)
		return -EBADMSG;
	if (need <= h->cap)
		return 0;
	size = size > h->want ? h->want : size;
	size = size < need ? need : size;
	grown = mem_alloc(size);
	if (!grown)
		return -ENOMEM;
	if (h->len)
		memcpy(grown, h->ptr, h->len);
	mem_free_secret(h->ptr, h->cap);
	h->ptr = grown;
	h->cap = size;
	return 0;
}

/* Passes over what was skipped before. */
static struct span half_skip(struct dcerpc_half *h, struct span bytes)
{
	size_t n = h->skip < bytes.len ? (size_t)h->skip : bytes.len;

	h->skip -= n;
	return span_from(bytes, n);
}

/* Keeps of `bytes` what is missing to what is wanted; gives the rest back. */
static int half_collect(struct dcerpc_half *h, struct span *bytes)
{
	size_t missing = h->want - h->len;
	struct span taken = span_head(*bytes, missing);
	int rc = half_reserve(h, h->len + taken.len);

	if (rc != 0)
		return rc;
	if (taken.len)
		memcpy(h->ptr + h->len, taken.ptr, taken.len);
	h->len += taken.len;
	*bytes = span_from(*bytes, taken.len);
	return 0;
}

/* Reads what was collected, which is as much as was wanted, or else the bytes as they came. */
static int half_read(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		     enum stream_dir d, struct span *bytes)
{
	struct dcerpc_half *h = &rpc->half[d];
	bool collected = h->len != 0;
	struct span view = collected ? span_make(h->ptr, h->len) : *bytes;
	struct appetite a = {0};
	int rc = dcerpc_data(rpc, env, key_base, d, view, &a);

	if (rc != 0)
		return rc;
	h->want = a.want;
	h->skip = a.skip;
	if (!collected || a.skip >= h->len) {
		h->skip -= collected ? h->len : 0;
		h->len = 0;
	} else if (a.skip != 0 || a.want <= h->len) {
		return -EBADMSG; /* collected as wanted, so it was one PDU: can't be */
	}
	*bytes = half_skip(h, *bytes);
	return 0;
}

static int message(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		   enum stream_dir d, struct span bytes)
{
	struct dcerpc_half *h = &rpc->half[d];
	int rc = 0;

	bytes = half_skip(h, bytes);
	while (rc == 0 && bytes.len != 0) {
		if (h->len != 0 || h->want > bytes.len)
			rc = half_collect(h, &bytes);
		if (rc == 0 && h->len < h->want && h->len != 0)
			break; /* all taken in, and still not enough */
		if (rc == 0)
			rc = half_read(rpc, env, key_base, d, &bytes);
	}
	return rc;
}

int dcerpc_message(struct dcerpc *rpc, const struct carrier_env *env, uint64_t key_base,
		   enum stream_dir d, struct span bytes)
{
	bool midway = rpc->half[d].len != 0 || rpc->half[d].skip != 0;
	int rc = message(rpc, env, key_base, d, bytes);

	if (rc == 0)
		return 0;
	dcerpc_gap(rpc, env, key_base, d);
	if (rc == -ENOMEM)
		tally_one(env->tally, TALLY_NO_MEMORY);
	/* a message may have been lost: this one can still begin a PDU */
	if (rc == -EBADMSG && midway)
		rc = message(rpc, env, key_base, d, bytes);
	if (rc != 0)
		half_reset(&rpc->half[d]);
	return rc;
}
