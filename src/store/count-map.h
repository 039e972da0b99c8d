/* Counts by a number, with the first time and the last: what verifying adds up. Grows up to a limit. */
#ifndef NTLMAUDIT_STORE_COUNT_MAP_H
#define NTLMAUDIT_STORE_COUNT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct count_entry {
	int64_t key;
	int64_t count;
	int64_t first, last;
	bool used;
};

struct count_map {
	struct count_entry *entries;
	size_t n, cap; /* cap is a power of two */
};

/* -ENOMEM, also over the limit. */
int count_map_add(struct count_map *m, int64_t key, int64_t count, int64_t first, int64_t last);
/* NULL where nothing was counted. */
const struct count_entry *count_map_find(const struct count_map *m, int64_t key);
void count_map_finish(struct count_map *m);

#endif
