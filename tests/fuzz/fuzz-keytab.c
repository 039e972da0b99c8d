#include "fuzz.h"

#include "netlogon/key-table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netlogon_keys_found found = {0};
	struct key_intake in = {.found = &found};

	if (size < 2 || netlogon_keys_new(&in.keys) != 0)
		return 0;
	keytab_read(&in, span_make(data, size));
	netlogon_keys_free(in.keys);
	return 0;
}
