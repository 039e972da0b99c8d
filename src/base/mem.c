#include "base/mem.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static uint64_t fail_countdown;
static size_t limit, in_use;
static size_t tight_above = SIZE_MAX; /* asked for with every packet: reckoned once */

static bool must_fail(void)
{
	if (fail_countdown == 0)
		return false;
	if (fail_countdown > 1)
		fail_countdown--;
	return fail_countdown == 1;
}

void mem_fail_from(uint64_t nth)
{
	fail_countdown = nth ? nth + 1 : 0;
}

void mem_limit(size_t bytes)
{
	limit = bytes;
	tight_above = bytes ? bytes - bytes / 4 : SIZE_MAX;
}

size_t mem_in_use(void)
{
	return in_use;
}

bool mem_is_tight(void)
{
	return in_use > tight_above;
}

/* May `size` bytes more be had, now that `given_back` are to be returned? */
static bool allowed(size_t size, size_t given_back)
{
	size_t kept = in_use - given_back;

	return !must_fail() && (limit == 0 || (kept <= limit && size <= limit - kept));
}

static void *counted(void *ptr)
{
	in_use += malloc_usable_size(ptr);
	return ptr;
}

void *mem_alloc(size_t size)
{
	return allowed(size, 0) ? counted(malloc(size)) : NULL;
}

void *mem_zalloc(size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all) || !allowed(all, 0))
		return NULL;
	return counted(calloc(n, size));
}

void *mem_realloc(void *ptr, size_t size)
{
	size_t before = malloc_usable_size(ptr);
	void *grown = allowed(size, before) ? realloc(ptr, size) : NULL;

	if (!grown)
		return NULL;
	in_use -= before;
	return counted(grown);
}

void mem_free(void *ptr)
{
	in_use -= malloc_usable_size(ptr);
	free(ptr);
}

void mem_free_secret(void *ptr, size_t size)
{
	if (ptr)
		explicit_bzero(ptr, size);
	mem_free(ptr);
}
