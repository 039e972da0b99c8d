#include "why/response.h"

#define SUFFIX_WORKSTATION 0x00
#define SUFFIX_SERVER 0x20

static void survey(struct response *s, const struct dns_record *record)
{
	if (!s->named) {
		s->subject = *record;
		s->named = true;
	}
	s->answers += record->section == DNS_ANSWER;
	s->delegations += record->section == DNS_AUTHORITY && record->type == DNS_NS;
	s->authorities += record->section == DNS_AUTHORITY && record->type == DNS_SOA;
}

bool response_read(struct span message, bool netbios, struct response *ret_response)
{
	struct response s = {.message = message, .netbios = netbios};
	struct dns_record record;
	struct dns d;

	dns_start(message, &d);
	s.head = d.head;
	while (dns_next(&d, &record))
		survey(&s, &record);
	*ret_response = s;
	return reader_ok(&d.r);
}

bool response_name(const struct response *s, size_t at, struct label *ret_name)
{
	uint8_t suffix;

	if (!s->netbios)
		return dns_name(s->message, at, ret_name);
	return dns_netbios_name(s->message, at, ret_name, &suffix) &&
	       (suffix == SUFFIX_WORKSTATION || suffix == SUFFIX_SERVER);
}
