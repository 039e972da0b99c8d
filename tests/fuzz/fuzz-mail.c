/* Commands and replies of SMTP, IMAP, POP3, NNTP and Telnet from segments of both directions. */
#include "fuzz.h"

#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct carrier *const carriers_of_mail[] = {
		&carrier_smtp, &carrier_imap, &carrier_pop3, &carrier_nntp, &carrier_telnet,
	};

	/* the first byte chooses, so that a dialect's corpus stays with it */
	if (size)
		harness_fuzz(carriers_of_mail[data[0] % 5], data + 1, size - 1);
	return 0;
}
