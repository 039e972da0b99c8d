/* Whose name is whose: from the answers of DNS and of those that speak like it. */
#include "why/response.h"

#define NB_ENTRY 6 /* RFC 1002 4.2.13: NB_FLAGS and NB_ADDRESS */
#define NB_GROUP 0x80

/* The address is that of the record's owner, and where aliases led there, of the name that was asked for. */
static void learn(struct why *w, const struct response *s, const struct dns_record *record,
		  const struct addr *addr)
{
	struct label name;

	if (response_has_question(s) && record->section == DNS_ANSWER &&
	    s->subject.type == record->type && response_name(s, s->subject.name, &name))
		names_add(&w->names, addr, name.s);
	if (response_name(s, record->name, &name))
		names_add(&w->names, addr, name.s);
}

static void learn_a(struct why *w, const struct response *s, const struct dns_record *record)
{
	struct addr addr;

	if (record->data_len != 4)
		return;
	addr = addr_v4(s->message.ptr + record->data);
	learn(w, s, record, &addr);
}

static void learn_aaaa(struct why *w, const struct response *s, const struct dns_record *record)
{
	struct addr addr;

	if (record->data_len != 16)
		return;
	addr = addr_v6(s->message.ptr + record->data);
	learn(w, s, record, &addr);
}

/* RFC 1002 4.2.13: one entry for each address; a group's addresses are not those of one host. */
static void learn_nb(struct why *w, const struct response *s, const struct dns_record *record)
{
	for (size_t i = 0; s->netbios && record->data_len - i >= NB_ENTRY; i += NB_ENTRY) {
		const uint8_t *entry = s->message.ptr + record->data + i;
		struct addr addr = addr_v4(entry + 2);

		if (!(entry[0] & NB_GROUP))
			learn(w, s, record, &addr);
	}
}

/* RFC 1035 3.5: 30.0.77.10.in-addr.arpa; RFC 3596 2.5: 32 nibbles before ip6.arpa */
static bool parse_reverse_v4(const char *name, struct addr *ret_addr)
{
	uint8_t ip[4];

	for (int i = 3; i >= 0; i--) {
		unsigned n = 0, digits = 0;

		for (; *name >= '0' && *name <= '9' && digits < 3; name++, digits++)
			n = n * 10 + (unsigned)(*name - '0');
		if (digits == 0 || n > 255 || *name++ != '.')
			return false;
		ip[i] = (uint8_t)n;
	}
	*ret_addr = addr_v4(ip);
	return label_same(name, "in-addr.arpa");
}

static bool parse_reverse_v6(const char *name, struct addr *ret_addr)
{
	uint8_t ip[16] = {0};

	for (size_t i = 0; i < 32; i++, name += 2) {
		int digit = hex_digit((uint8_t)*name);

		if (digit < 0 || name[1] != '.')
			return false;
		ip[15 - i / 2] |= (uint8_t)(digit << (i % 2 ? 4 : 0));
	}
	*ret_addr = addr_v6(ip);
	return label_same(name, "ip6.arpa");
}

static bool parse_reverse(const struct response *s, size_t at, struct addr *ret_addr)
{
	struct label name;

	return dns_name(s->message, at, &name) &&
	       (parse_reverse_v4(name.s, ret_addr) || parse_reverse_v6(name.s, ret_addr));
}

/* A reverse zone may be delegated by aliases (RFC 2317): then only the question has the address. */
static void learn_ptr(struct why *w, const struct response *s, const struct dns_record *record)
{
	struct label name;
	struct addr addr;

	if (record->section != DNS_ANSWER || s->netbios)
		return;
	if (!parse_reverse(s, record->name, &addr) &&
	    !(response_has_question(s) && s->subject.type == DNS_PTR &&
	      parse_reverse(s, s->subject.name, &addr)))
		return;
	if (dns_name(s->message, record->data, &name))
		names_add(&w->names, &addr, name.s);
}

void response_learn(struct why *w, const struct response *s)
{
	static const struct {
		uint16_t type;
		void (*learn)(struct why *, const struct response *, const struct dns_record *);
	} rows[] = {
		{DNS_A, learn_a}, {DNS_AAAA, learn_aaaa}, {DNS_NB, learn_nb}, {DNS_PTR, learn_ptr}};
	struct dns_record record;
	struct dns d;

	dns_start(s->message, &d);
	while (dns_next(&d, &record))
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (record.section != DNS_QUESTION && record.internet &&
			    record.type == rows[i].type)
				rows[i].learn(w, s, &record);
}
