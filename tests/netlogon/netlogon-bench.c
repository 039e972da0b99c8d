/*
 * netlogon-bench: how many SamLogons a second are unsealed on this core, under AES and under RC4. A
 * request has 560 bytes of stub and its response 576, as with NTLMv2 between real machines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "netlogon/key-table.h"
#include "netlogonseal.h"
#include "netlogon/netlogon.h"

#define LOGONS 20000u
#define ROOM 1024u
#define NT_LENGTH 300
#define ANSWER 576

static const uint8_t key[16] = "sixteen letters!";
static uint64_t told;

static void on_logon(void *ctx, const struct netlogon_logon *l)
{
	(void)ctx;
	told += l->has_status && l->nt_response.len == NT_LENGTH;
}

static void on_problem(void *ctx, const struct netlogon_problem *p)
{
	(void)ctx, (void)p;
}

static void on_malformed(void *ctx, const char *where, const char *why, size_t pos)
{
	(void)ctx, (void)where, (void)why, (void)pos;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t make(uint8_t *out, bool aes, bool response, uint32_t n)
{
	uint8_t stub[1024] = {0};
	struct sealpdu p = {.type = response ? 2 : 0,
			    .flags = 3,
			    .call_id = n,
			    .opnum = 39,
			    .level = 6,
			    .aes = aes,
			    .whole = true,
			    .key = key,
			    .sequence = 2 * n + response,
			    .stub = stub};

	p.len = response ? ANSWER : sealpdu_logon(stub, "alice", n, NT_LENGTH);
	return sealpdu_make(out, &p);
}

static double measure(bool aes)
{
	static const struct netlogon_ops ops = {on_logon, on_problem, on_malformed};
	static const struct endpoint end[2] = {{{{1}}, 1}, {{{2}}, 2}};
	uint8_t *pdus = calloc(2 * LOGONS, ROOM);
	size_t *lengths = calloc(2 * LOGONS, sizeof(*lengths));
	struct netlogon_keys_found found = {0};
	struct key_intake in = {.found = &found};
	struct packet packet = {.source = "bench"};
	struct netlogon_place where = {1, end, "DCERPC", &packet};
	struct netlogon *n = NULL;
	struct tally tally = {0};
	double begin, took;

	if (!pdus || !lengths || netlogon_keys_new(&in.keys) != 0)
		abort();
	netlogon_intake_session(&in, span_str("FS1"), span_str("FS1$"), aes ? 0x01000000 : 0x4000,
				2, key);
	if (netlogon_new(in.keys, &ops, NULL, &tally, &n) != 0)
		abort();
	for (uint32_t i = 0; i < 2 * LOGONS; i++)
		lengths[i] = make(pdus + (size_t)i * ROOM, aes, i & 1, i / 2);
	told = 0;
	begin = now();
	for (uint32_t i = 0; i < 2 * LOGONS; i++) {
		struct sighting_netlogon s = {
			.dir = i & 1, .pdu = span_make(pdus + (size_t)i * ROOM, lengths[i])};

		packet.number++;
		netlogon_pdu(n, &where, &s);
	}
	took = now() - begin;
	netlogon_free(n);
	netlogon_keys_free(in.keys);
	free(pdus);
	free(lengths);
	return told == LOGONS ? LOGONS / took : 0;
}

int main(void)
{
	double aes = measure(true), rc4 = measure(false);

	printf("aes %.0f logons/s\nrc4 %.0f logons/s\n", aes, rc4);
	return aes > 0 && rc4 > 0 ? 0 : 1;
}
