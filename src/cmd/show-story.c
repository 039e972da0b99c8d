#include "cmd/show.h"

#include "base/clock.h"
#include "cmd/party.h"
#include "cmd/show-path.h"
#include "format/escape.h"
#include "format/prose.h"
#include "format/rows.h"
#include "format/value.h"

#include <inttypes.h>

#define NAME_WIDTH 22

static const struct event *first_with(const struct story *story, enum fact fact)
{
	for (size_t i = 0; i < story->n; i++)
		if (story_is_sure(&story->events[i]) && event_has(&story->events[i].event, fact))
			return &story->events[i].event;
	return NULL;
}

static void put_name(struct text *out, const char *s, const char *unknown)
{
	if (s)
		text_visible(out, s);
	else
		text_puts(out, unknown);
}

/* An event about the audit itself has no other side. */
static bool is_no_logon(const struct story *story)
{
	return event_layout_is_ours(story->events[0].event.layout);
}

static void put_logon(struct text *out, const struct story *story)
{
	const char *domain = story_says(story, party_domain), *user = story_says(story, party_user);

	text_puts(out, "Logon of ");
	if (domain && user) {
		text_visible(out, domain);
		text_putc(out, '\\');
	}
	put_name(out, user, "an unknown or anonymous user");
	text_puts(out, " from ");
	put_name(out, story_says(story, party_client), "an unknown client");
	text_puts(out, " to ");
	put_name(out, story_says(story, party_server), "an unknown server");
}

static void put_title(struct text *out, const struct format_style *style, const struct story *story)
{
	const struct event *e = &story->events[0].event;

	colour_on(out, style, COLOUR_BOLD);
	if (is_no_logon(story)) {
		text_printf(out, "A %s of ", e->layout->title);
		put_name(out, e->computer, "an unknown computer");
	} else {
		put_logon(out, story);
	}
	colour_off(out, style, COLOUR_BOLD);
	text_puts(out, "\n  ");
	clock_format(out, story_begin(story));
	text_putc(out, '\n');
}

static void put_fact_of_story(struct text *out, const struct story *story, const char *name,
			      enum fact fact)
{
	const struct event *e = first_with(story, fact);

	if (!e)
		return;
	text_printf(out, "  %s: ", name);
	value_fact(out, fact, &e->facts[fact], text_visible);
	text_putc(out, '\n');
}

static void put_field(struct text *out, const char *name, enum fact fact, const struct event *e)
{
	const struct value *v = &e->facts[fact];

	if (v->kind == VALUE_ABSENT || (v->kind == VALUE_TEXT && !party_text(e, fact)))
		return;
	text_printf(out, "    %-*s ", NAME_WIDTH, name);
	value_fact(out, fact, v, text_visible);
	text_putc(out, '\n');
}

static void put_fields(struct text *out, const struct event *e)
{
	for (size_t i = 0; i < e->layout->n_fields; i++)
		put_field(out, e->layout->fields[i].name, e->layout->fields[i].fact, e);
	for (enum fact f = 0; f < FACT__COUNT; f++)
		if (value_is_beside(e, f) && f != FACT_EVIDENCE)
			put_field(out, facts[f].key, f, e);
	for (size_t i = 0; i < e->n_foreign; i++) {
		text_puts(out, "    ");
		text_visible(out, e->foreign[i].name);
		text_puts(out, " ");
		text_visible(out, e->foreign[i].value);
		text_putc(out, '\n');
	}
}

static void put_join(struct text *out, const struct story_event *e)
{
	text_printf(out, "    joined by %s", story_join_name(e->join));
	if (e->fits > 1)
		text_printf(out, "; one of %u of its kind that fit", e->fits);
	text_putc(out, '\n');
}

static void put_event(struct text *out, const struct format_style *style,
		      const struct story_event *e, int64_t start)
{
	const struct event_layout *l = e->event.layout;
	enum colour colour = colour_of_level(l->level);

	text_puts(out, "\n+");
	value_milliseconds(out, e->event.time - start);
	text_printf(out, " ms  %s: ", place_name(story_place(&e->event)));
	colour_on(out, style, colour);
	text_printf(out, "event %u, %s", l->id, event_level_name(l->level));
	colour_off(out, style, colour);
	text_printf(out, ": %s\n    record %" PRIu64 ", %s of ", l->title, e->event.record,
		    event_origin_name(e->event.origin));
	put_name(out, e->event.computer, "an unknown computer");
	text_putc(out, '\n');
	if (e->join != STORY_ASKED)
		put_join(out, e);
	put_fields(out, &e->event);
	if (event_has(&e->event, FACT_REASON_ID) || e->event.n_evidence)
		prose_reason(out, style, &e->event, 4);
}

/* Whose side of the story the log does not have, and why that may be. */
static const struct {
	enum story_place place;
	const char *key, *why;
} sides[] = {
	{PLACE_CLIENT, "client",
	 "No event of the client: its NTLM log isn't in here, or the capture did not see it."},
	{PLACE_SERVER, "server",
	 "No event of the server: its NTLM log isn't in here, or the capture did not see it."},
	{PLACE_DC, "domain",
	 "No event of a domain controller: none was asked (a local account, a null session, a "
	 "server that is one itself), its log isn't in here, or it does not audit NTLM in the "
	 "domain."},
	{PLACE_FARSIDE, "farside",
	 "No event of a domain controller of the account's domain, which is another than the "
	 "server's: its log isn't in here, or it does not audit NTLM in the domain."},
};

#define N_SIDES (sizeof(sides) / sizeof(sides[0]))

static bool has_place(const struct story *story, enum story_place place)
{
	for (size_t i = 0; i < story->n; i++)
		if (story_place(&story->events[i].event) == place)
			return true;
	return false;
}

static bool is_missing(const struct story *story, enum story_place place)
{
	return !is_no_logon(story) && !has_place(story, place) &&
	       (place != PLACE_FARSIDE || path_leaves_domain(story));
}

static void put_missing(struct text *out, const struct story *story)
{
	bool titled = false;

	for (size_t i = 0; i < N_SIDES; i++) {
		if (!is_missing(story, sides[i].place))
			continue;
		text_puts(out, titled ? "" : "\nMissing\n");
		titled = true;
		prose_fold(out, sides[i].why, 2);
	}
	if (story->left_out)
		text_printf(out,
			    "\n%" PRIu64 " more events fit: this ActivityID is not one logon's "
			    "alone. Name a record.\n",
			    story->left_out);
}

static void put_findings(struct text *out, const struct format_style *style,
			 const struct story *story)
{
	struct format_style explained = *style;

	explained.explain = true;
	if (story->n_findings)
		text_puts(out, "\nFindings that rest on it\n");
	for (size_t i = 0; i < story->n_findings; i++)
		short_finding(out, &explained, &story->findings[i]);
}

static void put_activity(struct text *out, const struct story *story)
{
	for (size_t i = 0; i < story->n; i++) {
		const struct story_event *e = &story->events[i];

		if (e->join == STORY_NAMES || !activity_is_known(&e->event))
			continue;
		text_puts(out, "  ActivityID: ");
		activity_format(out, &e->event);
		text_putc(out, '\n');
		return;
	}
}

void show_text(struct text *out, const struct format_style *style, const struct story *story)
{
	int64_t start = story_begin(story);

	put_title(out, style, story);
	put_activity(out, story);
	put_fact_of_story(out, story, "Version", FACT_NTLM_VERSION);
	put_fact_of_story(out, story, "Reason", FACT_REASON);
	put_fact_of_story(out, story, "Outcome", FACT_STATUS_TEXT);
	put_fact_of_story(out, story, "Warnings", FACT_WARNINGS);
	put_fact_of_story(out, story, "Not seen", FACT_PARTIAL);
	path_text(out, story);
	for (size_t i = 0; i < story->n; i++)
		put_event(out, style, &story->events[i], start);
	put_missing(out, story);
	put_findings(out, style, story);
}

static void put_string(struct text *out, const char *key, const char *s)
{
	text_printf(out, "\"%s\":", key);
	if (s) {
		text_putc(out, '"');
		text_json(out, span_str(s));
		text_puts(out, "\",");
	} else {
		text_puts(out, "null,");
	}
}

/* A line of the format json, without its end. */
static void drop_newline(struct text *out)
{
	if (!out->failed && out->len && out->ptr[out->len - 1] == '\n')
		out->ptr[--out->len] = '\0';
}

static void put_json_event(struct text *out, const struct story_event *e)
{
	static const struct format_style plain = {0};

	text_printf(out, "{\"joined_by\":\"%s\",\"fits\":%u,\"event\":", story_join_name(e->join),
		    e->fits ? e->fits : 1);
	json_event(out, &plain, &e->event);
	drop_newline(out);
	text_putc(out, '}');
}

void show_json(struct text *out, const struct story *story)
{
	static const struct format_style plain = {0};
	const char *joint = "";

	text_puts(out, "{");
	put_string(out, "user", story_says(story, party_user));
	put_string(out, "domain", story_says(story, party_domain));
	put_string(out, "client", story_says(story, party_client));
	put_string(out, "server", story_says(story, party_server));
	text_puts(out, "\"events\":[");
	for (size_t i = 0; i < story->n; i++) {
		text_puts(out, i ? "," : "");
		put_json_event(out, &story->events[i]);
	}
	text_puts(out, "],\"path\":[");
	path_json(out, story);
	text_printf(out, "],\"left_out\":%" PRIu64 ",\"missing\":[", story->left_out);
	for (size_t i = 0; i < N_SIDES; i++) {
		if (!is_missing(story, sides[i].place))
			continue;
		text_printf(out, "%s\"%s\"", joint, sides[i].key);
		joint = ",";
	}
	text_puts(out, "],\"findings\":[");
	for (size_t i = 0; i < story->n_findings; i++) {
		text_puts(out, i ? "," : "");
		json_finding(out, &plain, &story->findings[i]);
		drop_newline(out);
	}
	text_puts(out, "]}\n");
}
