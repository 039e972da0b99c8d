/* Big-endian fields of a header whose bytes reader_take() has already granted. */
#ifndef NTLMAUDIT_WIRE_LOAD_H
#define NTLMAUDIT_WIRE_LOAD_H

#include <stdint.h>

static inline uint16_t load_u16be(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load_u32be(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

#endif
