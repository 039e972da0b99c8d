#include "cmd/show-path.h"

#include "cmd/party.h"
#include "event/domain.h"
#include "format/escape.h"
#include "format/prose.h"
#include "format/value.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STATIONS_MAX                                                                               \
	8 /* client, server, and six domain controllers: no logon goes over so many trusts */
#define OVER_SIZE 640

/* A machine on the way. What is not known is NULL. */
struct station {
	enum story_place place;
	const char *name, *address, *domain;
	const struct event *event; /* its own; NULL: the log has none of it */
	char over[OVER_SIZE];	   /* how it was reached: "SMB2, cifs/fs1"; "" = unknown */
};

struct path {
	struct station station[STATIONS_MAX];
	size_t n;
};

static const char *client_address(const struct event *e)
{
	return party_text(e, FACT_CLIENT_IP);
}

static const char *server_address(const struct event *e)
{
	const char *address = party_text(e, FACT_TARGET_IP);

	return address ? address : party_text(e, FACT_SERVER_IP);
}

static const char *carrier_of(const struct event *e)
{
	return party_text(e, FACT_CARRIER);
}

static const char *service_of(const struct event *e)
{
	return party_text(e, FACT_TARGET_SERVICE);
}

static const char *channel_account(const struct event *e)
{
	const char *account = party_text(e, FACT_SECURE_CHANNEL_ACCOUNT);

	return story_place(e) == PLACE_DC && account ? account : NULL;
}

static const char *controller_of(const struct event *e)
{
	const char *name = party_text(e, FACT_DC_NAME);

	return name ? name : e->computer && *e->computer ? e->computer : NULL;
}

/* The first sure event there; one of the new events, which say more, before a legacy one. */
static const struct event *event_at(const struct story *story, enum story_place place)
{
	const struct event *found = NULL;

	for (size_t i = 0; i < story->n; i++) {
		const struct story_event *e = &story->events[i];

		if (!story_is_sure(e) || story_place(&e->event) != place)
			continue;
		if (!found || (!event_has(found, FACT_STATUS) && event_has(&e->event, FACT_STATUS)))
			found = &e->event;
	}
	return found;
}

static struct station *add(struct path *path, enum story_place place, const char *name)
{
	struct station *s = &path->station[path->n++];

	assert(path->n <= STATIONS_MAX);
	*s = (struct station){.place = place, .name = name};
	return s;
}

static void add_ends(struct path *path, const struct story *story)
{
	const char *carrier = story_says(story, carrier_of),
		   *service = story_says(story, service_of);
	struct station *s = add(path, PLACE_CLIENT, story_says(story, party_client));

	s->event = event_at(story, PLACE_CLIENT);
	s->address = story_says(story, client_address);
	s = add(path, PLACE_SERVER, story_says(story, party_server));
	s->event = event_at(story, PLACE_SERVER);
	s->address = story_says(story, server_address);
	s->domain = story_says(story, domain_of_server);
	snprintf(s->over, sizeof(s->over), "%s%s%s", carrier ? carrier : "",
		 carrier && service ? ", " : "", service ? service : "");
}

/* Of a controller without an event the next one may tell, which it asked. */
static void add_controller(struct path *path, const struct story *story, const struct event *next)
{
	const struct event *e = event_at(story, PLACE_DC);
	const char *forwarder = next ? party_text(next, FACT_FORWARDER_NAME) : NULL;
	const char *server = path->station[path->n - 1].name;
	const char *account = story_says(story, channel_account);
	struct station *s;

	if (!e && (!forwarder || (server && party_same_host(server, forwarder))))
		return; /* the server is a controller itself, or nobody tells of one */
	s = add(path, PLACE_DC, e ? controller_of(e) : forwarder);
	s->event = e;
	s->address = next ? party_text(next, FACT_FORWARDER_IP) : NULL;
	s->domain = e && domain_of_server(e) ? domain_of_server(e)
		    : next		     ? party_text(next, FACT_FORWARDER_DOMAIN)
					     : NULL;
	snprintf(s->over, sizeof(s->over), "secure channel%s%s", account ? " of " : "",
		 account ? account : "");
}

static bool is_taken(const struct path *path, const struct event *e)
{
	for (size_t i = 0; i < path->n; i++)
		if (path->station[i].event == e)
			return true;
	return false;
}

/*
 * The controller that the last one asked. Who is asked last answers first, so that their times say nothing of the way: the
 * names of who asked do. NULL: there is no other.
 */
static const struct event *next_farside(const struct path *path, const struct story *story)
{
	const char *last = path->station[path->n - 1].name;
	const struct event *found = NULL;

	for (size_t i = 0; i < story->n; i++) {
		const struct event *e = &story->events[i].event;
		const char *forwarder = party_text(e, FACT_FORWARDER_NAME);

		if (!story_is_sure(&story->events[i]) || is_taken(path, e) ||
		    !event_layout_has(e->layout, FACT_FORWARDER_NAME))
			continue;
		if (last && forwarder && party_same_host(last, forwarder))
			return e;
		if (!found)
			found = e;
	}
	return found;
}

static void add_farsides(struct path *path, const struct story *story)
{
	const struct event *e;
	struct station *s;

	while (path->n < STATIONS_MAX && (e = next_farside(path, story))) {
		const char *type = party_text(e, FACT_FORWARDER_TYPE);
		const char *from = party_text(e, FACT_FORWARDER_DOMAIN);

		s = add(path, PLACE_FARSIDE, controller_of(e));
		s->event = e;
		snprintf(s->over, sizeof(s->over), "trust%s%s%s%s%s", from ? " with " : "",
			 from ? from : "", type ? " (" : "", type ? type : "", type ? ")" : "");
	}
	s = &path->station[path->n - 1]; /* who is asked by nobody else knows the account */
	if (s->place == PLACE_FARSIDE)
		s->domain = domain_of_account(s->event);
}

static void path_make(struct path *path, const struct story *story)
{
	*path = (struct path){0};
	if (!story->is_one || event_layout_is_ours(story->events[0].event.layout))
		return;
	add_ends(path, story);
	add_controller(path, story, next_farside(path, story));
	add_farsides(path, story);
}

bool path_leaves_domain(const struct story *story)
{
	const struct event *e = event_at(story, PLACE_DC);

	return e && domain_is_foreign(e);
}

const char *place_name(enum story_place place)
{
	static const char *const names[PLACE__COUNT] = {
		[PLACE_CLIENT] = "client",   [PLACE_SERVER] = "server", [PLACE_DC] = "domain",
		[PLACE_FARSIDE] = "farside", [PLACE_OTHER] = "other",
	};

	return names[place];
}

/* ---- text ---- */

static void put_machine(struct text *line, const struct station *s)
{
	bool is_controller = s->place == PLACE_DC || s->place == PLACE_FARSIDE;

	if (s->name)
		text_visible(line, s->name);
	else
		text_puts(line, "an unknown machine");
	if (s->address && !(s->name && strcmp(s->name, s->address) == 0)) {
		text_puts(line, " (");
		text_visible(line, s->address);
		text_putc(line, ')');
	}
	text_printf(line, ", %s", is_controller ? "a domain controller" : place_name(s->place));
	if (s->domain) {
		text_puts(line, is_controller ? " of " : " in ");
		text_visible(line, s->domain);
	}
}

static void put_what_it_says(struct text *line, const struct station *s, int64_t begin)
{
	const struct event *e = s->event;

	if (!e) {
		text_puts(line, "no event of it");
		return;
	}
	text_printf(line, "event %u, record %" PRIu64 ", +", e->layout->id, e->record);
	value_milliseconds(line, e->time - begin);
	text_puts(line, " ms");
	if (!event_has(e, FACT_STATUS))
		return;
	text_puts(line, ": ");
	value_fact(line, FACT_STATUS_TEXT, &e->facts[FACT_STATUS], text_visible);
}

static void fold(struct text *out, struct text *line, size_t indent)
{
	if (line->ptr && line->len)
		prose_fold(out, line->ptr, indent);
	text_reset(line);
}

static bool is_known(const struct station *s)
{
	return s->name || s->event;
}

void path_text(struct text *out, const struct story *story)
{
	struct path path;
	struct text line;

	path_make(&path, story);
	if (path.n < 2 || !is_known(&path.station[0]) || !is_known(&path.station[1]))
		return;
	text_init(&line, 0);
	text_puts(out, "\nWay\n");
	for (size_t i = 0; i < path.n; i++) {
		const struct station *s = &path.station[i];

		if (*s->over) {
			text_puts(&line, "| ");
			text_visible(&line, s->over);
			fold(out, &line, 4);
		}
		put_machine(&line, s);
		fold(out, &line, 2);
		put_what_it_says(&line, s, story_begin(story));
		fold(out, &line, 6);
	}
	text_finish(&line);
}

/* ---- JSON ---- */

static void put_member(struct text *out, const char *key, const char *s)
{
	text_printf(out, "\"%s\":", key);
	if (s && *s) {
		text_putc(out, '"');
		text_json(out, span_str(s));
		text_puts(out, "\",");
	} else {
		text_puts(out, "null,");
	}
}

void path_json(struct text *out, const struct story *story)
{
	struct path path;

	path_make(&path, story);
	for (size_t i = 0; i < path.n; i++) {
		const struct station *s = &path.station[i];

		text_puts(out, i ? ",{" : "{");
		put_member(out, "place", place_name(s->place));
		put_member(out, "name", s->name);
		put_member(out, "address", s->address);
		put_member(out, "domain", s->domain);
		put_member(out, "over", s->over);
		if (s->event)
			text_printf(out, "\"record\":%" PRIu64 "}", s->event->record);
		else
			text_puts(out, "\"record\":null}");
	}
}
