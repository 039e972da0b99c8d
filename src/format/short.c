/*
 * One line an event, for people: when, which event, who, from where to what, over what, why, with what outcome,
 * and what was unsafe. Columns are wide enough for usual names; a longer one pushes the rest to the right, and
 * the next column that has room catches up.
 */
#include "format/rows.h"

#include "base/clock.h"
#include "format/escape.h"
#include "format/prose.h"
#include "format/value.h"

#include <inttypes.h>

/* Runes of one name; whole names are in the other formats. */
#define NAME_MAX_RUNES 64
#define REMARK_MAX_RUNES 128
#define COLUMN_GAP 2
#define EXPLAIN_INDENT 4

struct line {
	struct text *out;
	const struct format_style *style;
	size_t column; /* runes written */
	size_t next;   /* where the next cell begins */
	size_t start;  /* bytes in out where the open cell begins */
	enum colour colour;
};

static void cell_open(struct line *l, enum colour colour)
{
	size_t gap = l->next >= l->column + COLUMN_GAP ? l->next - l->column : COLUMN_GAP;

	for (; l->column && gap; gap--, l->column++)
		text_putc(l->out, ' ');
	l->colour = colour;
	colour_on(l->out, l->style, colour);
	l->start = l->out->len;
}

static void cell_close(struct line *l, size_t width)
{
	for (size_t i = l->start; i < l->out->len; i++)
		l->column += (l->out->ptr[i] & 0xc0) != 0x80;
	l->next += width + COLUMN_GAP;
	colour_off(l->out, l->style, l->colour);
}

static const char *text_of(const struct event *e, enum fact f)
{
	const char *s = event_text(e, f);

	return s && *s ? s : NULL;
}

/* The first of these facts that is known; FACT__COUNT ends them. */
static const char *first_text(const struct event *e, const enum fact *candidates)
{
	const char *s = NULL;

	for (; !s && *candidates != FACT__COUNT; candidates++)
		s = text_of(e, *candidates);
	return s;
}

/* A known name is never empty, so that "-" can only mean: not known. */
static void put_name(struct text *out, const char *s)
{
	text_visible_head(out, s ? s : "-", NAME_MAX_RUNES);
}

static void put_time(struct line *l, int64_t time)
{
	static const size_t to_ms = sizeof("2026-11-22T14:00:00.123") - 1;
	size_t start;

	cell_open(l, COLOUR_DIM);
	start = l->out->len;
	clock_format(l->out, time);
	if (l->out->len >= start + to_ms) {
		l->out->len = start + to_ms;
		text_putc(l->out, 'Z');
	}
	cell_close(l, to_ms + 1);
}

static void put_id(struct line *l, const struct event *e)
{
	uint8_t level = e->layout->level;
	char mark = level == LEVEL_ERROR ? 'X' : level == LEVEL_WARNING ? '!' : ' ';

	cell_open(l, colour_of_level(level));
	text_printf(l->out, "%c %u %s", mark, e->layout->id, event_role_name(e->layout->role));
	cell_close(l, sizeof("! 4020 client") - 1);
}

static bool is_null_session(const struct event *e)
{
	const char *detail = text_of(e, FACT_NTLM_VERSION_DETAIL);
	const struct value *reason = &e->facts[FACT_REASON_ID];

	return (detail && strcmp(detail, "null session") == 0) ||
	       (reason->kind == VALUE_NUMBER && reason->number == 11);
}

static void put_who(struct line *l, const struct event *e)
{
	/* a legacy client's event names no account where it was the calling one's own */
	bool own = !text_of(e, FACT_USER) && text_of(e, FACT_CLIENT_USER);
	const char *domain = text_of(e, own ? FACT_CLIENT_DOMAIN : FACT_DOMAIN);
	const char *host = text_of(e, FACT_HOST);
	bool anonymous = is_null_session(e);

	cell_open(l, COLOUR_NONE);
	if (domain && !anonymous) {
		put_name(l->out, domain);
		text_putc(l->out, '\\');
	}
	put_name(l->out, anonymous ? "anonymous" : text_of(e, own ? FACT_CLIENT_USER : FACT_USER));
	if (host) {
		text_putc(l->out, '@');
		put_name(l->out, host);
	}
	cell_close(l, 28);
}

/* Does the name say this address already: `cifs/10.0.0.9`, `10.0.0.9`? */
static bool names_address(const char *name, const char *address)
{
	const char *slash = strrchr(name, '/');

	return strcmp(slash ? slash + 1 : name, address) == 0;
}

/* A client's event is of another machine than the server, and so is a controller's that names the server. */
static bool is_at_computer(const struct event *e)
{
	return e->layout->role != ROLE_CLIENT && !event_layout_has(e->layout, FACT_SERVER_NAME);
}

static void put_where(struct line *l, const struct event *e)
{
	static const enum fact names[] = {FACT_TARGET_SERVICE, FACT_TARGET_NAME,
					  FACT_TARGET_MACHINE, FACT_SERVER_NAME,
					  FACT_CHANNEL_NAME,   FACT__COUNT};
	static const enum fact addresses[] = {FACT_TARGET_IP, FACT_SERVER_IP, FACT__COUNT};
	bool client = e->layout->role == ROLE_CLIENT;
	const char *from = text_of(e, FACT_CLIENT_IP), *to = first_text(e, names);
	const char *address = first_text(e, addresses);

	cell_open(l, COLOUR_NONE);
	if (!from && client)
		from = e->computer;
	put_name(l->out, from ? from : "?");
	text_puts(l->out, " -> ");
	if (!to)
		to = address ? address : is_at_computer(e) ? e->computer : NULL;
	put_name(l->out, to ? to : "?");
	if (address && !names_address(to, address)) {
		text_puts(l->out, " (");
		put_name(l->out, address);
		text_putc(l->out, ')');
	}
	cell_close(l, 44);
}

static void put_how(struct line *l, const struct event *e)
{
	static const enum fact versions[] = {FACT_NTLM_VERSION_DETAIL, FACT_NTLM_VERSION,
					     FACT__COUNT};

	cell_open(l, COLOUR_NONE);
	put_name(l->out, text_of(e, FACT_CARRIER));
	cell_close(l, 7);
	cell_open(l, COLOUR_NONE);
	put_name(l->out, first_text(e, versions));
	cell_close(l, 12);
}

static void put_why(struct line *l, const struct event *e)
{
	const struct value *v = &e->facts[FACT_REASON_ID];
	bool known = v->kind == VALUE_NUMBER && v->number < REASON_ID__COUNT;

	cell_open(l, COLOUR_NONE);
	text_puts(l->out, known ? event_reason_word((uint32_t)v->number) : "-");
	cell_close(l, 14);
}

static void put_outcome(struct line *l, const struct event *e)
{
	const struct value *v = &e->facts[FACT_STATUS];
	bool seen = v->kind == VALUE_NUMBER;
	bool ok = seen && v->number == 0;

	cell_open(l, ok ? COLOUR_GREEN : seen ? COLOUR_RED : COLOUR_DIM);
	if (ok)
		text_puts(l->out, "ok");
	else if (seen)
		value_fact(l->out, FACT_STATUS_TEXT, v, text_visible);
	else
		text_puts(l->out, e->origin == ORIGIN_CAPTURE ? "no answer" : "-");
	cell_close(l, sizeof("STATUS_LOGON_FAILURE") - 1);
}

/* The program without its folder, Windows' as ours: `curl[1234]`. */
static void put_process(struct line *l, const struct event *e)
{
	const struct value *pid = &e->facts[FACT_PROCESS_ID];
	const char *name = text_of(e, FACT_PROCESS_NAME), *last = name;

	if (!name || strcmp(name, "-") == 0)
		return;
	for (const char *c = name; *c; c++)
		if ((*c == '/' || *c == '\\') && c[1])
			last = c + 1;
	cell_open(l, COLOUR_NONE);
	put_name(l->out, last);
	if (pid->kind == VALUE_NUMBER && pid->number)
		text_printf(l->out, "[%" PRIu64 "]", pid->number);
	cell_close(l, 0);
}

/* Nothing where nothing is to be said: the line ends before. */
static void put_remarks(struct line *l, const struct event *e)
{
	const char *warnings = text_of(e, FACT_WARNINGS), *partial = text_of(e, FACT_PARTIAL);

	put_process(l, e);
	if (warnings) {
		cell_open(l, COLOUR_YELLOW);
		text_visible_head(l->out, warnings, REMARK_MAX_RUNES);
		cell_close(l, 0);
	}
	if (partial) {
		cell_open(l, COLOUR_DIM);
		text_puts(l->out, "[not seen: ");
		text_visible_head(l->out, partial, REMARK_MAX_RUNES);
		text_putc(l->out, ']');
		cell_close(l, 0);
	}
}

static void put_part(struct text *out, const char *before, const char *s, const char *after)
{
	text_puts(out, before);
	text_visible_head(out, s ? s : "?", REMARK_MAX_RUNES);
	text_puts(out, after);
}

/* Not in the events' columns: it tells of no authentication. */
static void put_gap(struct line *l, const struct event *e)
{
	const struct value *packets = &e->facts[FACT_GAP_PACKETS];
	const char *source = text_of(e, FACT_SOURCE);

	cell_open(l, colour_of_level(e->layout->level));
	put_part(l->out, "not seen from ", text_of(e, FACT_GAP_BEGIN), "");
	put_part(l->out, " to ", text_of(e, FACT_GAP_END), "");
	cell_close(l, 0);
	put_part(l->out, ": ", text_of(e, FACT_GAP_REASON), "");
	if (source)
		put_part(l->out, " [", source, "]");
	if (packets->kind == VALUE_NUMBER)
		text_printf(l->out, " [%" PRIu64 " packets]", packets->number);
}

static void put_authentication(struct line *l, const struct event *e)
{
	put_who(l, e);
	put_where(l, e);
	put_how(l, e);
	put_why(l, e);
	put_outcome(l, e);
	put_remarks(l, e);
}

void short_event(struct text *out, const struct format_style *style, const struct event *e)
{
	struct line line = {.out = out, .style = style};

	put_time(&line, e->time);
	put_id(&line, e);
	if (event_layout_is_ours(e->layout))
		put_gap(&line, e);
	else
		put_authentication(&line, e);
	text_putc(out, '\n');
	if (style->explain)
		prose_reason(out, style, e, EXPLAIN_INDENT);
}

static void put_records(struct text *out, const struct finding *f)
{
	text_puts(out, f->n_records == 1 ? " [event" : " [events");
	for (size_t i = 0; i < finding_n_records(f); i++)
		text_printf(out, "%s %" PRIu64, i ? "," : "", f->records[i]);
	text_putc(out, ']');
}

/* Not in the events' columns, so that the eye does not take it for one. */
void short_finding(struct text *out, const struct format_style *style, const struct finding *f)
{
	struct line line = {.out = out, .style = style};
	const struct finding_kind *kind = &finding_kinds[f->id];

	put_time(&line, f->time);
	cell_open(&line, colour_of_severity(kind->severity));
	text_printf(out, "FINDING %s %s", finding_severity_name(kind->severity), kind->key);
	cell_close(&line, 0);
	text_puts(out, ": ");
	text_visible(out, f->sentence ? f->sentence : kind->title);
	if (f->n_records)
		put_records(out, f);
	text_putc(out, '\n');
	if (style->explain)
		prose_finding(out, kind, EXPLAIN_INDENT);
}
