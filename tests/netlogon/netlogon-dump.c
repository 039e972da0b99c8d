/* netlogon-dump [--twice] [--damage=N] CAPTURE [KEYS...]: what the secure channels of a capture give, for tests that compare it with others' words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlogonreplay.h"

static void print_tally(const struct tally *t)
{
	for (int i = TALLY_NETLOGON_UNSEALED; i <= TALLY_NETLOGON_LIMIT; i++)
		if (t->n[i])
			printf("count %s=%llu\n", tally_rows[i].key, (unsigned long long)t->n[i]);
}

int main(int argc, char **argv)
{
	struct netlogon_keys *keys;
	struct netlogonreplay r;
	bool twice = false;
	size_t damage = 0;
	int rc;

	for (; argc > 1 && argv[1][0] == '-'; argc--, argv++) {
		if (strcmp(argv[1], "--twice") == 0)
			twice = true;
		else if (strncmp(argv[1], "--damage=", 9) == 0)
			damage = strtoul(argv[1] + 9, NULL, 10);
	}
	if (argc < 2)
		return 2;
	keys = netlogonreplay_keys((const char *const *)argv + 2, (size_t)argc - 2);
	if (!keys) {
		fputs("no keys\n", stderr);
		return 2;
	}
	netlogonreplay_init(&r, keys);
	r.twice = twice;
	r.damage = damage;
	rc = netlogonreplay_read(&r, argv[1]);
	if (r.log.ptr)
		fputs(r.log.ptr, stdout);
	printf("keys accounts=%zu sessions=%zu\n", netlogon_keys_accounts(keys),
	       netlogon_keys_sessions(keys));
	print_tally(&r.tally);
	netlogonreplay_finish(&r);
	netlogon_keys_free(keys);
	return rc == 0 ? 0 : 1;
}
