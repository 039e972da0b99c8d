/*
 * MIT keytabs, versions 0x0501 and 0x0502. An entry: its length (32 bits; negative = a hole, 0 = the end), the principal's
 * number of components, realm and components as counted strings, name type (not in 0x0501), time, an 8-bit key
 * version, encryption type, counted key, and perhaps a 32-bit key version. Version 0x0502 is big-endian; 0x0501 has the byte
 * order of whoever wrote it, and counts the realm as a component.
 */
#include "base/reader.h"
#include "netlogon/key-table.h"

#define ETYPE_ARCFOUR_HMAC 23 /* RFC 4757: its key is the NT hash */
#define ENTRIES_MAX 1000000u

struct keytab {
	struct key_intake *in;
	bool old, big;
};

static uint16_t u16(const struct keytab *t, struct reader *r)
{
	return t->big ? reader_u16be(r) : reader_u16le(r);
}

static uint32_t u32(const struct keytab *t, struct reader *r)
{
	return t->big ? reader_u32be(r) : reader_u32le(r);
}

static struct span counted(const struct keytab *t, struct reader *r)
{
	return reader_bytes(r, u16(t, r));
}

static bool is_machine(struct span name)
{
	return name.len > 1 && name.ptr[name.len - 1] == '$';
}

/*
 * host/fs1.corp.example has the key of FS1$: a member's keytab may have only such names. *out is room for one of the
 * longest names.
 */
static struct span account_of_host(struct span host, char out[KEY_NAME_SIZE])
{
	const uint8_t *dot = host.len ? memchr(host.ptr, '.', host.len) : NULL;
	size_t n = dot ? (size_t)(dot - host.ptr) : host.len;

	if (n == 0 || n > KEY_NAME_SIZE - 2)
		return (struct span){0};
	memcpy(out, host.ptr, n);
	out[n] = '$';
	return span_make(out, n + 1);
}

static struct span account_of(const struct span component[2], uint16_t n, char out[KEY_NAME_SIZE])
{
	if (n == 1 && is_machine(component[0]))
		return component[0];
	if (n == 2 && component[0].len == 4 &&
	    (span_equal(component[0], span_str("host")) ||
	     span_equal(component[0], span_str("HOST"))))
		return account_of_host(component[1], out);
	return (struct span){0};
}

static void entry(const struct keytab *t, struct span bytes)
{
	struct reader r = reader_of(bytes);
	struct span component[2] = {0}, account, key;
	char made[KEY_NAME_SIZE];
	uint16_t type, n = u16(t, &r);

	if (t->old && n)
		n--;
	(void)counted(t, &r); /* the realm */
	for (uint16_t i = 0; i < n && reader_ok(&r); i++) {
		struct span c = counted(t, &r);

		if (i < 2)
			component[i] = c;
	}
	reader_skip(&r, t->old ? 5 : 9); /* name type, time, key version */
	type = u16(t, &r);
	key = counted(t, &r);
	account = account_of(component, n, made);
	if (!reader_ok(&r))
		t->in->found->why = "an entry is cut short";
	else if (type == ETYPE_ARCFOUR_HMAC && key.len == NETLOGON_KEY_SIZE && account.len)
		netlogon_intake_account(t->in, account, key.ptr);
	else
		t->in->found->passed_over++;
}

/* Is the first entry's length, read this way, one that can be? */
static bool is_big(struct span file)
{
	struct reader r = reader_of(file);

	reader_skip(&r, 2);
	return reader_u32be(&r) <= file.len;
}

void keytab_read(struct key_intake *in, struct span file)
{
	struct keytab t = {.in = in, .old = file.ptr[1] == 1};
	struct reader r = reader_of(file);
	unsigned entries = 0;

	t.big = !t.old || is_big(file);
	reader_skip(&r, 2);
	while (reader_left(&r) >= 4 && in->rc == 0 && entries++ < ENTRIES_MAX) {
		int64_t size = (int32_t)u32(&t, &r);

		if (size == 0)
			break;
		if (size > 0) {
			entry(&t, reader_bytes(&r, (size_t)size));
			continue;
		}
		in->found->passed_over++; /* deleted */
		reader_skip(&r, (size_t)-size);
	}
	if (!reader_ok(&r))
		in->found->why = "the file is cut short";
}
