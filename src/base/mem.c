#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static uint64_t fail_countdown;

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

void *mem_alloc(size_t size)
{
	return must_fail() ? NULL : malloc(size);
}

void *mem_zalloc(size_t n, size_t size)
{
	return must_fail() ? NULL : calloc(n, size);
}

void *mem_realloc(void *ptr, size_t size)
{
	return must_fail() ? NULL : realloc(ptr, size);
}

void mem_free(void *ptr)
{
	free(ptr);
}

void mem_free_secret(void *ptr, size_t size)
{
	if (ptr)
		explicit_bzero(ptr, size);
	free(ptr);
}
