#include "wirereplay.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/reader.h"
#include "wire/flow.h"

static void on_data(void *ctx, struct flow *f, enum stream_dir d, struct span view,
		    const struct packet *p, struct appetite *ret)
{
	(void)ctx, (void)f, (void)d;
	if (view.len == 0 || !p)
		abort();
	ret->skip = view.ptr[0] & 0x80 ? view.ptr[view.len - 1] : (uint64_t)view.len;
	ret->want = (size_t)(view.ptr[0] & 0x70) << (view.ptr[0] & 0x0f);
	ret->never = view.ptr[view.len - 1] == 0xfe;
}

static void on_gap(void *ctx, struct flow *f, enum stream_dir d, const struct packet *p)
{
	(void)ctx, (void)f, (void)d, (void)p;
}

static void on_close(void *ctx, struct flow *f)
{
	(void)ctx, (void)f;
}

void wirereplay(struct span input)
{
	static const struct flow_ops ops = {.data = on_data, .gap = on_gap, .close = on_close};
	static const struct flow_limits limits = {16, 4096, 16384, 8192};
	struct reader r = reader_of(input);
	struct packet p = {.source = "fuzz", .link_type = reader_u16le(&r)};
	struct flow_table *table = NULL;
	struct tally tally = {0};

	if (flow_table_new(&limits, &ops, NULL, &tally, &table) < 0)
		abort();
	while (reader_left(&r) > 3) {
		p.time += reader_u8(&r) * NSEC_PER_SEC / 3;
		p.wire_len = reader_u16le(&r);
		p.data = reader_bytes(&r,
				      p.wire_len < reader_left(&r) ? p.wire_len : reader_left(&r));
		p.number++;
		flow_table_packet(table, &p);
	}
	flow_table_free(table);
}
