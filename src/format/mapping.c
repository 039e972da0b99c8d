#include "format/mapping.h"

#include <arpa/inet.h>
#include <string.h>

#define PORT_MAX 65535

bool is_ip4(const char *s)
{
	struct in_addr address;

	return inet_pton(AF_INET, s, &address) == 1;
}

bool is_ip6(const char *s)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, s, &address) == 1;
}

static bool text_fits(enum mapped_as as, const char *s)
{
	if (as == AS_IP4)
		return is_ip4(s);
	if (as == AS_IP6)
		return is_ip6(s);
	if (as == AS_IP)
		return is_ip(s);
	return *s && (as == AS_TEXT || as == AS_LOWER || as == AS_LIST);
}

static bool number_fits(enum mapped_as as, uint64_t number)
{
	if (as == AS_PORT)
		return number && number <= PORT_MAX;
	if (as == AS_FAILURE)
		return status_is_failure(number);
	return as == AS_NUMBER || as == AS_ID || as == AS_TEXT;
}

static bool fits(enum mapped_as as, const struct value *v)
{
	return v->kind == VALUE_TEXT ? text_fits(as, v->text)
				     : v->kind == VALUE_NUMBER && number_fits(as, v->number);
}

void mapping_init(struct mapping *m, const struct event *e, const struct mapped_row *rows, size_t n)
{
	*m = (struct mapping){.e = e, .rows = rows, .n = n};
}

const struct mapped_row *mapping_next(struct mapping *m)
{
	while (m->at < m->n) {
		const struct mapped_row *row = &m->rows[m->at++];

		if (!fits(row->as, &m->e->facts[row->fact]))
			continue;
		if (m->key && strcmp(m->key, row->key) == 0)
			continue;
		m->key = row->key;
		m->taken[row->fact] = true;
		return row;
	}
	return NULL;
}

bool mapping_left(const struct mapping *m, enum fact fact)
{
	return event_has(m->e, fact) && !m->taken[fact];
}

uint8_t windows_level(const struct event *e)
{
	return e->layout->provider->audits ? 0 : e->layout->level;
}

/* Winmeta: the bit of the channel, and of an audit whether it is one of success or of failure. */
uint64_t windows_keywords(const struct event *e)
{
	static const uint64_t audits[OUTCOME__COUNT] = {
		[OUTCOME_UNKNOWN] = UINT64_C(0x8000000000000000),
		[OUTCOME_OK] = UINT64_C(0x8020000000000000),
		[OUTCOME_FAILED] = UINT64_C(0x8010000000000000),
	};

	return audits[e->layout->provider->audits ? event_outcome(e) : OUTCOME_UNKNOWN];
}

struct event finding_facts(const struct finding *f)
{
	struct event e = {.time = f->time};

	event_set_text(&e, FACT_USER, f->user);
	event_set_text(&e, FACT_DOMAIN, f->domain);
	event_set_text(&e, FACT_CLIENT_IP, f->source_ip);
	event_set_text(&e, FACT_TARGET_IP, f->target_ip);
	event_set_text(&e, FACT_SOURCE, f->capture);
	return e;
}
