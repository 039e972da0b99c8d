#include "fuzz.h"

#include "ntlm/ntlmssp.h"

static volatile uint8_t sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(span_make(data, size));
	struct ntlm_message m;
	const struct ntlm_authenticate *a = &m.authenticate;

	if (ntlm_decode(&r, &m))
		return 0;
	/* the views of the other types lie in the same places, those that they lack are empty */
	const struct span views[] = {a->lm_response, a->nt_response, a->domain,
				     a->user,	     a->workstation, a->session_key};
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		if (views[i].len > 0)
			sink = (uint8_t)(views[i].ptr[0] ^ views[i].ptr[views[i].len - 1]);
	return 0;
}
