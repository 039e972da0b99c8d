/* NetrLogonSamLogon, NetrLogonSamLogonEx and NetrLogonSamLogonWithFlags ([MS-NRPC] 3.5.4.5). */
#include "netlogon/call.h"
#include "netlogon/ndr.h"
#include "netlogon/netlogon.h"

#define AUTHENTICATOR_SIZE 12
#define CHALLENGE_SIZE 8
#define OWF_SIZE 16

/* The two older calls have an authenticator and one for the answer, each behind a unique pointer. */
static void authenticator(struct reader *r)
{
	if (ndr_pointer(r))
		reader_skip(r, AUTHENTICATOR_SIZE);
}

/* [MS-NRPC] 2.2.1.4.15 NETLOGON_LOGON_IDENTITY_INFO, without what is deferred. */
struct identity {
	struct ndr_counted domain, account, workstation;
};

static struct identity identity(struct reader *r, struct call_logon *c)
{
	struct identity i;
	uint32_t low;

	i.domain = ndr_counted(r);
	c->parameter_control = ndr_u32(r);
	low = ndr_u32(r);
	c->logon_id = low | (uint64_t)ndr_u32(r) << 32;
	i.account = ndr_counted(r);
	i.workstation = ndr_counted(r);
	return i;
}

static void identity_deferred(struct reader *r, const struct identity *i, struct call_logon *c)
{
	c->domain = ndr_counted_bytes(r, i->domain, 2);
	c->account = ndr_counted_bytes(r, i->account, 2);
	c->workstation = ndr_counted_bytes(r, i->workstation, 2);
}

/* [MS-NRPC] 2.2.1.4.5 NETLOGON_NETWORK_INFO */
static void network(struct reader *r, struct call_logon *c)
{
	struct identity i = identity(r, c);
	struct ndr_counted nt, lm;

	c->challenge = reader_bytes(r, CHALLENGE_SIZE);
	nt = ndr_counted(r);
	lm = ndr_counted(r);
	identity_deferred(r, &i, c);
	c->nt_response = ndr_counted_bytes(r, nt, 1);
	c->lm_response = ndr_counted_bytes(r, lm, 1);
	c->network = true;
	c->known = true;
}

/* [MS-NRPC] 2.2.1.4.3 NETLOGON_INTERACTIVE_INFO */
static void interactive(struct reader *r, struct call_logon *c)
{
	struct identity i = identity(r, c);

	reader_skip(r, 2 * OWF_SIZE); /* the hashes, encrypted once more */
	identity_deferred(r, &i, c);
	c->known = true;
}

/* [MS-NRPC] 2.2.1.4.6 NETLOGON_LEVEL, by its level */
static void (*const levels[])(struct reader *r, struct call_logon *c) = {
	[NETLOGON_LEVEL_INTERACTIVE] = interactive,
	[NETLOGON_LEVEL_NETWORK] = network,
	[NETLOGON_LEVEL_INTERACTIVE_TRANSITIVE] = interactive,
	[NETLOGON_LEVEL_NETWORK_TRANSITIVE] = network,
};

bool call_logon_decode(struct span stub, uint16_t op, struct call_logon *ret,
		       struct call_fault *fault)
{
	struct reader r = reader_of(stub);
	struct call_logon c = {0};

	c.server = ndr_unique_string(&r);
	c.computer = ndr_unique_string(&r);
	if (op != CALL_SAM_LOGON_EX) {
		authenticator(&r);
		authenticator(&r);
	}
	c.level = ndr_u16(&r);
	if (ndr_u16(&r) != c.level)
		reader_fail(&r, "level and information differ");
	if (reader_ok(&r) && c.level < sizeof(levels) / sizeof(levels[0]) && levels[c.level]) {
		if (ndr_pointer(&r))
			levels[c.level](&r, &c);
		else
			reader_fail(&r, "no logon information");
	}
	if (!reader_ok(&r)) {
		*fault = (struct call_fault){.why = r.why, .pos = r.why_pos};
		return false;
	}
	*ret = c;
	return true;
}

/* Of NETLOGON_VALIDATION_SAM_INFO, 2 and 4 ([MS-NRPC] 2.2.1.4.11 to 2.2.1.4.13): what is deferred, in its order. */
struct validation {
	struct ndr_counted name[6]; /* EffectiveName, FullName, scripts and folders */
	struct ndr_counted logon_server, domain, dns_domain, upn;
	bool groups, domain_sid, sids;
};

#define VALIDATION_SAM_INFO 2
#define VALIDATION_SAM_INFO2 3
#define VALIDATION_SAM_INFO4 6

static bool is_read(uint16_t level)
{
	return level == VALIDATION_SAM_INFO || level == VALIDATION_SAM_INFO2 ||
	       level == VALIDATION_SAM_INFO4;
}

static struct validation validation(struct reader *r, uint16_t level, struct call_logon_answer *a)
{
	struct validation v = {0};

	ndr_align(r, 4);
	reader_skip(r, 6 * 8); /* times */
	for (int i = 0; i < 6; i++)
		v.name[i] = ndr_counted(r);
	reader_skip(r, 2 + 2 + 3 * 4); /* counts, UserId, PrimaryGroupId, GroupCount */
	v.groups = ndr_pointer(r);
	a->user_flags = ndr_u32(r);
	reader_skip(r, 16); /* UserSessionKey: nobody's business */
	v.logon_server = ndr_counted(r);
	v.domain = ndr_counted(r);
	v.domain_sid = ndr_pointer(r);
	reader_skip(r, 40); /* ExpansionRoom, or what came into it */
	if (level == VALIDATION_SAM_INFO)
		return v;
	(void)ndr_u32(r); /* SidCount */
	v.sids = ndr_pointer(r);
	if (level == VALIDATION_SAM_INFO2)
		return v;
	v.dns_domain = ndr_counted(r);
	v.upn = ndr_counted(r);
	reader_skip(r, 10 * 8); /* ExpansionStrings */
	return v;
}

/* RPC_SID ([MS-DTYP] 2.4.2.3): the count stands before as the array's, and inside */
static void skip_sid(struct reader *r)
{
	uint32_t n = ndr_u32(r);

	if (n > 15)
		reader_fail(r, "a SID too long");
	reader_skip(r, 8 + (size_t)(n & 15) * 4);
}

/* An array of SIDs with attributes: pointers first, then the SIDs. */
static void skip_sids(struct reader *r)
{
	struct span entries = ndr_array(r, 8);

	for (size_t i = 0; i < entries.len && reader_ok(r); i += 8) {
		struct reader e = reader_of(span_from(entries, i));

		if (reader_u32le(&e))
			skip_sid(r);
	}
}

static void validation_deferred(struct reader *r, const struct validation *v,
				struct call_logon_answer *a)
{
	a->account = ndr_counted_bytes(r, v->name[0], 2);
	for (int i = 1; i < 6; i++)
		(void)ndr_counted_bytes(r, v->name[i], 2);
	if (v->groups)
		(void)ndr_array(r, 8);
	a->logon_server = ndr_counted_bytes(r, v->logon_server, 2);
	a->domain = ndr_counted_bytes(r, v->domain, 2);
	if (v->domain_sid)
		skip_sid(r);
	if (v->sids)
		skip_sids(r);
	a->dns_domain = ndr_counted_bytes(r, v->dns_domain, 2);
	a->upn = ndr_counted_bytes(r, v->upn, 2);
}

/* NTSTATUS is the last parameter; those between are of no interest. */
static uint32_t last_status(struct span stub)
{
	struct reader r = reader_of(stub);

	reader_seek(&r, stub.len >= 4 ? stub.len - 4 : 0);
	return reader_u32le(&r);
}

bool call_logon_answer_decode(struct span stub, uint16_t op, struct call_logon_answer *ret,
			      struct call_fault *fault)
{
	struct call_logon_answer a = {.status = last_status(stub)};
	struct reader r = reader_of(stub);
	uint16_t level;

	*fault = (struct call_fault){0};
	if (stub.len < 16 || stub.len % 4 != 0) {
		*fault = (struct call_fault){.why = "truncated", .pos = stub.len};
		return false;
	}
	if (op != CALL_SAM_LOGON_EX)
		authenticator(&r);
	level = ndr_u16(&r);
	*ret = a;
	if (a.status >> 30 != 0 || !is_read(level) || !ndr_pointer(&r))
		return true;
	{
		struct validation v = validation(&r, level, &a);

		validation_deferred(&r, &v, &a);
	}
	if (reader_ok(&r)) {
		a.valid = true;
		*ret = a;
	} else {
		*fault = (struct call_fault){.why = r.why, .pos = r.why_pos};
	}
	return true;
}
