#include "fuzz.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/reader.h"
#include "netlogon/key-table.h"
#include "netlogonreplay.h"
#include "netlogonseal.h"

static const uint8_t key[16] = "sixteen letters!";

static void on_logon(void *ctx, const struct netlogon_logon *l)
{
	netlogonreplay_line(ctx, l);
}

static void on_problem(void *ctx, const struct netlogon_problem *p)
{
	netlogon_problem_format(ctx, p);
}

static void on_malformed(void *ctx, const char *where, const char *why, size_t pos)
{
	(void)ctx, (void)where, (void)why, (void)pos;
}

/*
 * A PDU as it is, or (bit 7) a stub that is signed or sealed with the key that is known: bit 0 direction, bit 1 one of two
 * pipes, bit 2 AES, bit 3 sealed, bit 4 whole. Its first bytes then are the flags, the call, the number of the operation.
 */
static struct span make(uint8_t how, struct span in, uint32_t sequence, uint8_t *room)
{
	struct sealpdu p = {.type = how & 1 ? 2 : 0,
			    .aes = how & 4,
			    .level = how & 8 ? 6 : 5,
			    .whole = how & 16,
			    .key = key,
			    .sequence = sequence};

	if (!(how & 0x80) || in.len < 3)
		return in;
	p.flags = in.ptr[0];
	p.call_id = in.ptr[1];
	p.opnum = in.ptr[2];
	p.stub = in.ptr + 3;
	p.len = in.len - 3;
	return span_make(room, sealpdu_make(room, &p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct netlogon_ops ops = {on_logon, on_problem, on_malformed};
	static const struct endpoint end[2] = {{{{1}}, 1}, {{{2}}, 2}};
	static uint8_t room[66000];
	struct reader in = reader_of(span_make(data, size));
	struct packet packet = {.source = "fuzz"};
	struct netlogon_place where = {.end = end, .carrier = "DCERPC", .packet = &packet};
	struct netlogon_keys_found found = {0};
	struct key_intake intake = {.found = &found};
	struct netlogon *n = NULL;
	struct tally tally = {0};
	struct text log;

	text_init(&log, 1 << 20);
	if (netlogon_keys_new(&intake.keys) != 0)
		return 0;
	netlogon_intake_session(&intake, span_str("FS1"), span_str("FS1$"), 0, 2, key);
	netlogon_intake_session(&intake, span_str("FS1"), span_str("FS1$"), 0x01000000, 2, key);
	netlogon_intake_account(&intake, span_str("FS1$"), key);
	if (netlogon_new(intake.keys, &ops, &log, &tally, &n) != 0)
		return 0;
	while (reader_left(&in) >= 4) {
		uint8_t how = reader_u8(&in);
		struct sighting_netlogon s = {.key = how >> 1 & 1, .dir = how & 1};
		size_t len;

		packet.time += reader_u8(&in) * NSEC_PER_SEC / 4;
		packet.number++;
		len = reader_u16le(&in);
		len = len < reader_left(&in) ? len : reader_left(&in);
		s.pdu = make(how, reader_bytes(&in, len), (uint32_t)packet.number, room);
		netlogon_tick(n, packet.time);
		netlogon_pdu(n, &where, &s);
	}
	netlogon_flow_closed(n, 0);
	netlogon_free(n);
	netlogon_keys_free(intake.keys);
	text_finish(&log);
	return 0;
}
