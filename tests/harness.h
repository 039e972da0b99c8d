/*
 * Drives one carrier as a flow would: keeps the contract of base/stream.h over plain buffers, and remembers
 * the sightings as lines of text, for unit tests to compare and fuzz targets to ignore.
 */
#ifndef NTLMAUDIT_TESTS_HARNESS_H
#define NTLMAUDIT_TESTS_HARNESS_H

#include "base/text.h"
#include "carrier/carrier.h"

struct harness {
	const struct carrier *carrier;
	void *state;
	struct carrier_env env;
	struct tally tally;
	struct {
		uint8_t *ptr; /* bytes from the stream's position on */
		size_t len;
		uint64_t skip;
		size_t want;
		bool never;
	} half[STREAM_DIR__COUNT];
	int rc; /* the first error that the carrier's data() returned */
	/*
	 * One line a sighting:
	 *  token key=0 dir=0 direct=1 len=40 4e544c4d5353...   (the first 16 bytes in hex)
	 *  classic key=0 dir=0 unicode=1 user=.. domain=.. lm=24 nt=24 challenge=8   (strings in hex)
	 *  answer key=0 dir=1 status=0xc000006d target_follows=0
	 *  target key=0 service=cifs host=fs1
	 *  encrypted TLS server_name=www.corp.example
	 *  malformed SMB2 SESSION_SETUP: truncated at 12
	 */
	struct text log;
};

void harness_init(struct harness *h, const struct carrier *carrier);
void harness_finish(struct harness *h);

/* A segment of one direction. */
void harness_feed(struct harness *h, enum stream_dir d, const void *bytes, size_t len);
void harness_gap(struct harness *h, enum stream_dir d);

/*
 * A fuzz input as traffic: repeatedly one byte (bit 0 direction, bit 7 gap first), two bytes length
 * (little-endian), then so many bytes (as many as there are).
 */
void harness_fuzz(const struct carrier *carrier, const uint8_t *data, size_t size);

#endif
