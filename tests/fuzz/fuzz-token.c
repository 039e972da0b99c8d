#include "fuzz.h"

#include <stdlib.h>

#include "ntlm/ntlmssp.h"
#include "ntlm/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(span_make(data, size));
	struct token t;

	if (token_decode(&r, &t) == 0 && t.ntlm.len > 0 && !ntlm_is_message(t.ntlm))
		abort();
	return 0;
}
