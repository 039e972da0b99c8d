/* The handshake's calls, and NetrLogonGetDomainInfo. */
#include "netlogon/call.h"

#include "netlogon/ndr.h"

#define CREDENTIAL_SIZE 8
#define AUTHENTICATOR_SIZE 12 /* [MS-NRPC] 2.2.1.1.5: a credential and a time */

static bool done(const struct reader *r, struct call_fault *fault)
{
	if (reader_ok(r))
		return true;
	*fault = (struct call_fault){.why = r->why, .pos = r->why_pos};
	return false;
}

/* [MS-NRPC] 3.5.4.4.1 */
bool call_challenge_decode(struct span stub, struct call_challenge *ret, struct call_fault *fault)
{
	struct reader r = reader_of(stub);
	struct call_challenge c;

	c.primary = ndr_unique_string(&r);
	c.computer = ndr_string(&r);
	c.client = reader_bytes(&r, CREDENTIAL_SIZE);
	if (!done(&r, fault))
		return false;
	*ret = c;
	return true;
}

bool call_challenge_answer_decode(struct span stub, struct call_challenge_answer *ret,
				  struct call_fault *fault)
{
	struct reader r = reader_of(stub);
	struct call_challenge_answer c;

	c.server = reader_bytes(&r, CREDENTIAL_SIZE);
	c.status = ndr_u32(&r);
	if (!done(&r, fault))
		return false;
	*ret = c;
	return true;
}

/* [MS-NRPC] 3.5.4.4.2 to 3.5.4.4.4 */
bool call_authenticate_decode(struct span stub, uint16_t op, struct call_authenticate *ret,
			      struct call_fault *fault)
{
	struct reader r = reader_of(stub);
	struct call_authenticate c;

	c.primary = ndr_unique_string(&r);
	c.account = ndr_string(&r);
	c.channel_type = ndr_u16(&r);
	c.computer = ndr_string(&r);
	c.credential = reader_bytes(&r, CREDENTIAL_SIZE);
	c.flags = op == CALL_AUTHENTICATE ? 0 : ndr_u32(&r);
	if (!done(&r, fault))
		return false;
	*ret = c;
	return true;
}

bool call_authenticate_answer_decode(struct span stub, uint16_t op,
				     struct call_authenticate_answer *ret, struct call_fault *fault)
{
	struct reader r = reader_of(stub);
	struct call_authenticate_answer c;

	c.credential = reader_bytes(&r, CREDENTIAL_SIZE);
	c.flags = op == CALL_AUTHENTICATE ? 0 : ndr_u32(&r);
	if (op == CALL_AUTHENTICATE3)
		(void)ndr_u32(&r); /* AccountRid */
	c.status = ndr_u32(&r);
	if (!done(&r, fault))
		return false;
	*ret = c;
	return true;
}

/* OSVERSIONINFOEXW: its own size, major, minor, build, ... */
static void decode_version(struct call_domain_info *c)
{
	struct reader r = reader_of(c->os_version);
	uint32_t size = reader_u32le(&r);

	for (int i = 0; i < 3; i++)
		c->version[i] = reader_u32le(&r);
	c->has_version = reader_ok(&r) && size >= 16 && size <= 1024 && c->version[0] < 1000;
}

/* [MS-NRPC] 2.2.1.3.6 NETLOGON_WORKSTATION_INFO */
static void workstation_info(struct reader *r, struct call_domain_info *c)
{
	bool policy, name, pointers[5] = {0};
	struct ndr_counted version, os;

	(void)ndr_u32(r); /* LsaPolicySize */
	policy = ndr_pointer(r);
	name = ndr_pointer(r);
	for (int i = 0; i < 5; i++) /* SiteName, Dummy1 to Dummy4 */
		pointers[i] = ndr_pointer(r);
	version = ndr_counted(r);
	os = ndr_counted(r);
	reader_skip(r, 2 * 8 + 4 * 4); /* DummyStrings, WorkstationFlags and after */
	if (policy)
		(void)ndr_array(r, 1);
	c->dns_name = name ? ndr_string(r) : (struct span){0};
	for (int i = 0; i < 5; i++)
		if (pointers[i])
			(void)ndr_string(r);
	c->os_version = ndr_counted_bytes(r, version, 2);
	c->os_name = ndr_counted_bytes(r, os, 2);
}

/* [MS-NRPC] 3.5.4.4.9 */
bool call_domain_info_decode(struct span stub, struct call_domain_info *ret,
			     struct call_fault *fault)
{
	struct reader r = reader_of(stub);
	struct call_domain_info c = {0};
	uint32_t level;

	(void)ndr_string(&r); /* ServerName */
	c.computer = ndr_unique_string(&r);
	ndr_align(&r, 4);
	reader_skip(&r, AUTHENTICATOR_SIZE);
	reader_skip(&r, AUTHENTICATOR_SIZE);
	level = ndr_u32(&r);
	if (level != ndr_u32(&r))
		reader_fail(&r, "level and information differ");
	if (level == 1 && ndr_pointer(&r)) /* 2 is about policy alone */
		workstation_info(&r, &c);
	if (!done(&r, fault))
		return false;
	decode_version(&c);
	*ret = c;
	return true;
}
