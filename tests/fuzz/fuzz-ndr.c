#include "fuzz.h"

#include "netlogon/call.h"

union any {
	struct call_challenge challenge;
	struct call_challenge_answer challenge_answer;
	struct call_authenticate authenticate;
	struct call_authenticate_answer authenticate_answer;
	struct call_logon logon;
	struct call_logon_answer logon_answer;
	struct call_domain_info info;
};

/* The first byte is a call's number, the rest a stub. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct call_fault fault;
	struct span stub;
	union any c;

	if (size < 1)
		return 0;
	stub = span_make(data + 1, size - 1);
	(void)call_challenge_decode(stub, &c.challenge, &fault);
	(void)call_challenge_answer_decode(stub, &c.challenge_answer, &fault);
	(void)call_authenticate_decode(stub, data[0], &c.authenticate, &fault);
	(void)call_authenticate_answer_decode(stub, data[0], &c.authenticate_answer, &fault);
	(void)call_logon_decode(stub, data[0], &c.logon, &fault);
	(void)call_logon_answer_decode(stub, data[0], &c.logon_answer, &fault);
	(void)call_domain_info_decode(stub, &c.info, &fault);
	return 0;
}
