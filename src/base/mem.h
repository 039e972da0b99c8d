/*
 * All heap memory comes through here: so a limit holds for the whole process whatever the input, and a test can
 * fail the Nth allocation and prove that running out is survived. Semantics are those of malloc and its kin. One
 * thread only.
 */
#ifndef NTLMAUDIT_BASE_MEM_H
#define NTLMAUDIT_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *mem_alloc(size_t size) __attribute__((malloc, warn_unused_result));
/* Zeroed memory for n objects of a size; NULL where the product overflows. */
void *mem_zalloc(size_t n, size_t size) __attribute__((malloc, warn_unused_result));
void *mem_realloc(void *ptr, size_t size) __attribute__((warn_unused_result));
void mem_free(void *ptr);
/* For memory that held a secret: wiped, then freed. NULL is fine. */
void mem_free_secret(void *ptr, size_t size);

/*
 * Allocations that would take the process over so many bytes fail; 0 = no limit. The tables have limits of their own
 * that are far below: this one is for the sum of what strangers can make small tables hold.
 */
void mem_limit(size_t bytes);
/* Bytes in use now. */
size_t mem_in_use(void);
/* More than three quarters of the limit are in use: time to give up what is least wanted. Never without a limit. */
bool mem_is_tight(void);

/* Tests only: the nth allocation from now (1 = the next) and all later ones fail; 0 = none. */
void mem_fail_from(uint64_t nth);

#endif
