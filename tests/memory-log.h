/* Reads a log that lies in memory, and holds every event to what must always be true, for fuzzing. */
#ifndef NTLMAUDIT_TESTS_MEMORY_LOG_H
#define NTLMAUDIT_TESTS_MEMORY_LOG_H

#include "winlog/input.h"

/* A file descriptor of bytes in memory, at their beginning. */
int memory_log_open(const void *bytes, size_t len);

/*
 * Reads the bytes as a log of a kind. Each event goes through every format; what -o json and -o xml say of it is read
 * again and must be one event, and of JSON the same. Else it aborts.
 */
void memory_log_check(enum winlog_kind kind, const uint8_t *data, size_t size);

#endif
