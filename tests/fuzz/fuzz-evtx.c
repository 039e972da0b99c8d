/* A log, all of it, with what unused space holds. */
#include "fuzz.h"

#include "winlog/evtx.h"

static int ignore_record(void *ctx, const struct winlog_record *r)
{
	(void)ctx;
	return r->n_data > WINLOG_DATA_MAX || !r->provider;
}

static void ignore_problem(void *ctx, const char *where, const char *why, uint64_t offset)
{
	(void)ctx, (void)where, (void)why, (void)offset;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct winlog_ops ops = {.record = ignore_record, .problem = ignore_problem};
	FILE *in = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;

	if (!in)
		return 0;
	if (evtx_read(in, &(struct evtx_options){.recover = true}, &ops, NULL) != 0)
		__builtin_trap();
	fclose(in);
	return 0;
}
