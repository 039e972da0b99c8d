/* What comes on the status socket: an answer, or nothing yet; never both. */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct daemon_status status;
	struct text out;
	int rc;

	text_init(&out, STATUS_ANSWER_MAX);
	rc = status_answer(span_make(data, size), &status, &out);
	if (rc == 0 ? out.len == 0 : rc != -EAGAIN || out.len || size >= STATUS_REQUEST_MAX)
		abort();
	text_finish(&out);
	return 0;
}
