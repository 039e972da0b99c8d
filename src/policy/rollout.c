#include "policy/rollout.h"

#include <nettle/sha2.h>

#define SALT "ntlmaudit-rollout"
#define ID_SIZE 32

unsigned rollout_place(struct span machine_id)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;
	uint64_t number = 0;

	if (machine_id.len < ID_SIZE)
		return ROLLOUT_LAST;
	sha256_init(&sha);
	sha256_update(&sha, strlen(SALT), (const uint8_t *)SALT);
	sha256_update(&sha, ID_SIZE, machine_id.ptr);
	sha256_digest(&sha, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | digest[i];
	return (unsigned)(number % 100);
}
