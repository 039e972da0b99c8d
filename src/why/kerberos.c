/*
 * KDC messages. Invariant: each is a fixed sequence of context-tagged fields, read in its order; what is not
 * needed is passed over as one element, so that the time is linear in the number of fields.
 */
#include "why/kerberos.h"

#include "ntlm/der.h"

#include <errno.h>

#define APPLICATION 0x60u /* constructed */
#define TAG_NUMBER 0x1fu
#define FIELD(n) ((uint8_t)(0xa0u + (n)))
#define GENERAL_STRING 0x1b
#define TICKET (APPLICATION | 1)
#define VERSION 5

/* The one element inside a field, which must have this tag. */
static struct span inside(struct reader *r, struct span field, uint8_t tag)
{
	struct reader sub = reader_of(field);
	struct span value = der_expect(&sub, tag);

	if (!reader_ok(&sub))
		reader_fail(r, sub.why);
	return value;
}

static uint32_t number(struct reader *r, uint8_t field)
{
	return der_uint(r, inside(r, der_expect(r, field), DER_INTEGER));
}

/* KerberosString ::= GeneralString (5.2.1) */
static struct span string(struct reader *r, uint8_t field)
{
	return inside(r, der_expect(r, field), GENERAL_STRING);
}

static void pass(struct reader *r, uint8_t field)
{
	struct span ignored;

	(void)der_optional(r, field, &ignored);
}

/*
 * 5.2.2: PrincipalName ::= SEQUENCE { name-type [0] Int32, name-string [1] SEQUENCE OF KerberosString }
 */
static struct span principal(struct reader *r, struct span field)
{
	struct reader name = reader_of(inside(r, field, DER_SEQUENCE));
	struct span components;

	der_expect(&name, FIELD(0));
	components = inside(&name, der_expect(&name, FIELD(1)), DER_SEQUENCE);
	for (struct reader c = reader_of(components); reader_left(&c) > 0;) {
		der_expect(&c, GENERAL_STRING);
		if (!reader_ok(&c))
			reader_fail(&name, c.why);
	}
	if (!reader_ok(&name))
		reader_fail(r, name.why);
	return reader_ok(r) ? components : (struct span){0};
}

/* pvno and msg-type, which begin every message. */
static void version(struct reader *r, uint8_t field, enum kerberos_type type)
{
	if (number(r, field) != VERSION)
		reader_fail(r, "not version 5");
	if (number(r, (uint8_t)(field + 1)) != (uint32_t)type)
		reader_fail(r, "msg-type differs from the tag");
}

/*
 * 5.4.1: KDC-REQ ::= SEQUENCE { pvno [1], msg-type [2], padata [3] OPTIONAL, req-body [4] }
 * KDC-REQ-BODY ::= SEQUENCE { kdc-options [0], cname [1] OPTIONAL, realm [2], sname [3] OPTIONAL, ... }
 */
static void request(struct reader *r, struct kerberos_message *m)
{
	struct span field;
	struct reader body;

	version(r, FIELD(1), m->type);
	pass(r, FIELD(3));
	body = reader_of(inside(r, der_expect(r, FIELD(4)), DER_SEQUENCE));
	der_expect(&body, FIELD(0));
	pass(&body, FIELD(1));
	m->realm = string(&body, FIELD(2));
	if (der_optional(&body, FIELD(3), &field))
		m->server = principal(&body, field);
	if (!reader_ok(&body))
		reader_fail(r, body.why);
}

/*
 * 5.4.2: KDC-REP ::= SEQUENCE { pvno [0], msg-type [1], padata [2] OPTIONAL, crealm [3], cname [4], ticket [5], ... }
 * 5.3: Ticket ::= [APPLICATION 1] SEQUENCE { tkt-vno [0], realm [1], sname [2], enc-part [3] }
 */
static void reply(struct reader *r, struct kerberos_message *m)
{
	struct reader application, ticket;

	version(r, FIELD(0), m->type);
	pass(r, FIELD(2));
	der_expect(r, FIELD(3));
	der_expect(r, FIELD(4));
	application = reader_of(inside(r, der_expect(r, FIELD(5)), TICKET));
	ticket = reader_of(der_expect(&application, DER_SEQUENCE));
	der_expect(&ticket, FIELD(0));
	m->realm = string(&ticket, FIELD(1));
	m->server = principal(&ticket, der_expect(&ticket, FIELD(2)));
	if (!reader_ok(&ticket))
		reader_fail(r, application.why ? application.why : ticket.why);
}

/*
 * 5.9.1: KRB-ERROR ::= [APPLICATION 30] SEQUENCE { pvno [0], msg-type [1], ctime [2] OPTIONAL, cusec [3] OPTIONAL,
 * stime [4], susec [5], error-code [6], crealm [7] OPTIONAL, cname [8] OPTIONAL, realm [9], sname [10], ... }
 */
static void error(struct reader *r, struct kerberos_message *m)
{
	version(r, FIELD(0), m->type);
	pass(r, FIELD(2));
	pass(r, FIELD(3));
	der_expect(r, FIELD(4));
	der_expect(r, FIELD(5));
	m->error = number(r, FIELD(6));
	pass(r, FIELD(7));
	pass(r, FIELD(8));
	m->realm = string(r, FIELD(9));
	m->server = principal(r, der_expect(r, FIELD(10)));
}

/* 5.10: what else there is: AP-REQ, AP-REP, KRB-SAFE, KRB-PRIV, KRB-CRED and reserved numbers. */
static bool is_other(uint8_t tag)
{
	unsigned number_of = tag & TAG_NUMBER;

	return (tag & ~TAG_NUMBER) == APPLICATION && number_of >= 14 && number_of <= 25;
}

int kerberos_decode(struct span bytes, struct kerberos_message *ret_message,
		    struct reader *ret_reader)
{
	static void (*const decoders[TAG_NUMBER + 1])(struct reader *,
						      struct kerberos_message *) = {
		[KERBEROS_AS_REQ] = request,  [KERBEROS_AS_REP] = reply,
		[KERBEROS_TGS_REQ] = request, [KERBEROS_TGS_REP] = reply,
		[KERBEROS_ERROR] = error,
	};
	struct reader r = reader_of(bytes), body;
	struct der whole = der_next(&r);
	struct kerberos_message m = {.type = (enum kerberos_type)(whole.tag & TAG_NUMBER)};

	if (reader_ok(&r) && is_other(whole.tag))
		return -ENOTSUP;
	if (reader_ok(&r) && ((whole.tag & ~TAG_NUMBER) != APPLICATION || !decoders[m.type]))
		reader_fail(&r, "not a message of Kerberos");
	if (reader_ok(&r)) {
		body = reader_of(inside(&r, whole.value, DER_SEQUENCE));
		if (reader_ok(&r))
			decoders[m.type](&body, &m);
		if (!reader_ok(&body))
			reader_fail(&r, body.why);
	}
	*ret_reader = r;
	if (!reader_ok(&r))
		return -EBADMSG;
	*ret_message = m;
	return 0;
}

void kerberos_principal(struct span components, struct label *ret_label)
{
	struct reader r = reader_of(components);

	label_reset(ret_label);
	while (reader_left(&r) > 0) {
		struct span component = der_next(&r).value;

		if (ret_label->len)
			label_putc(ret_label, '/');
		label_add(ret_label, component);
	}
}
