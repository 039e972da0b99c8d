#include "fuzz.h"
#include "samba/host.h"

#include <stdlib.h>

/* Lines; what is taken is looked at to its last byte, and learned from. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct samba_scratch scratch;
	struct span rest = span_make(data, size);
	struct samba_host host = {0};

	while (rest.len) {
		const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
		struct span text = span_head(rest, end ? (size_t)(end - rest.ptr) : rest.len);
		struct samba_line line;

		if (samba_line_decode(text, &scratch, &line) == 0) {
			if (span_is_zero(line.client_account) && line.client_account.len)
				abort(); /* NULs are refused */
			samba_host_feed(&host, &line);
		}
		rest = span_from(rest, text.len + 1);
	}
	return 0;
}
