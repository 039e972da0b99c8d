#include "carrier/dcerpc.h"
#include "fuzz.h"
#include "harness.h"

/* The same bytes as messages of a pipe. */
static int pipe_data(void *state, const struct carrier_env *env, enum stream_dir d,
		     struct span view, struct appetite *ret_appetite)
{
	ret_appetite->skip = view.len;
	return dcerpc_message(state, env, 0, d, view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct carrier named_pipe = carrier_dcerpc;

	named_pipe.data = pipe_data;
	harness_fuzz(&carrier_dcerpc, data, size);
	harness_fuzz(&named_pipe, data, size);
	return 0;
}
