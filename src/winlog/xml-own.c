#include "winlog/xml-own.h"

#include "base/text.h"
#include "base/utf.h"
#include "winlog/event-finding.h"
#include "winlog/event-value.h"

#include <stdlib.h>

void xml_own_begin(struct xml_own *o)
{
	memset(&o->own, 0, sizeof(o->own));
	memset(&o->finding, 0, sizeof(o->finding));
	o->lost = 0;
}

/* The rune of `\u202e` where format/escape.c would have written it so; 0: it stands for itself. */
static uint32_t escaped(struct span s)
{
	uint32_t rune = 0;

	if (!span_starts(s, "\\u", 2) || s.len < 6)
		return 0;
	for (size_t i = 2; i < 6; i++) {
		int digit = hex_digit(s.ptr[i]);

		if (digit < 0)
			return 0;
		rune = rune << 4 | (uint32_t)digit;
	}
	return rune;
}

static bool is_written_escaped(uint32_t rune)
{
	return rune && (rune_is_unsafe(rune) || (rune & 0xfffe) == 0xfffe);
}

/* Reads an escape, of one rune or of two halves of one; 0 and nothing moved where it is none. */
static uint32_t take_escape(struct span *s)
{
	uint32_t rune = escaped(*s), low;
	size_t n = 6;

	if (rune >= 0xd800 && rune < 0xdc00) {
		low = escaped(span_from(*s, 6));
		if (low < 0xdc00 || low > 0xdfff)
			return 0;
		rune = 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
		n = 12;
	}
	if (!is_written_escaped(rune))
		return 0;
	*s = span_from(*s, n);
	return rune;
}

struct span xml_own_unescape(struct winlog_draft *d, struct span s)
{
	uint8_t *out;
	size_t n = 0;

	if (s.len < 6 || !memmem(s.ptr, s.len, "\\u", 2))
		return s;
	out = arena_alloc(&d->arena, s.len); /* no escape is shorter than its rune */
	if (!out)
		return s;
	while (s.len) {
		uint32_t rune = take_escape(&s);

		if (rune) {
			n += utf8_encode(rune, out + n);
		} else {
			out[n++] = s.ptr[0];
			s = span_from(s, 1);
		}
	}
	return span_make(out, n);
}

static const char *kept_text(struct winlog_draft *d, struct span s)
{
	return winlog_draft_text(d, xml_own_unescape(d, s));
}

/* Milliseconds with three decimals as nanoseconds; what is no number is 0. */
static int64_t milliseconds(const char *s)
{
	double ms = strtod(s, NULL);

	if (!(ms > -9e12 && ms < 9e12)) /* 285 years */
		return 0;
	return (int64_t)(ms * 1000 + (ms < 0 ? -0.5 : 0.5)) * 1000;
}

static void set_evidence(struct evidence *v, struct winlog_draft *d, const char *name,
			 const char *value)
{
	const struct {
		const char *name, **to;
	} texts[] = {
		{"kind", &v->kind}, {"peer", &v->peer}, {"name", &v->name}, {"code", &v->code}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].name, name) == 0)
			*texts[i].to = kept_text(d, span_str(value));
	if (strcmp(name, "before_ms") == 0)
		v->before = milliseconds(value);
	else if (strcmp(name, "packet") == 0 && !winlog_number(value, &v->packet))
		v->packet = 0;
}

static void start_evidence(struct xml_own *o, struct winlog_draft *d, const char **attributes)
{
	struct evidence *v = &o->evidence[o->own.n_evidence];

	if (o->own.n_evidence == XML_OWN_EVIDENCE) {
		o->lost++;
		return;
	}
	*v = (struct evidence){0};
	for (size_t i = 0; attributes[i]; i += 2)
		set_evidence(v, d, attributes[i], attributes[i + 1]);
	o->own.evidence = o->evidence;
	o->own.n_evidence++;
}

static void start_finding(struct xml_own *o, struct winlog_draft *d, const char **attributes)
{
	for (size_t i = 0; attributes[i]; i += 2) {
		const char *name = attributes[i];

		if (strcmp(name, "key") == 0)
			name = "finding";
		if (!winlog_finding_set(&o->finding, name,
					kept_text(d, span_str(attributes[i + 1]))))
			d->failed = true;
	}
}

void xml_own_start(struct xml_own *o, struct winlog_draft *d, const char *path,
		   const char **attributes)
{
	if (strcmp(path, "Event/ntlmaudit") == 0) {
		d->record.own = &o->own;
		for (size_t i = 0; attributes[i]; i += 2)
			if (strcmp(attributes[i], "source_record") == 0)
				o->own.has_source =
					winlog_number(attributes[i + 1], &o->own.source_record);
	} else if (strcmp(path, "Event/ntlmaudit/evidence") == 0) {
		start_evidence(o, d, attributes);
	} else if (strcmp(path, "finding") == 0) {
		start_finding(o, d, attributes);
	}
}

static void add_pair(struct xml_own *o, struct winlog_data *list, size_t *n, size_t max,
		     struct winlog_data pair)
{
	if (*n < max)
		list[(*n)++] = pair;
	else
		o->lost++;
}

void xml_own_leaf(struct xml_own *o, struct winlog_draft *d, const char *path, const char *name,
		  struct span value)
{
	static const char finding[] = "finding/";
	const char *text;

	if (strncmp(path, finding, strlen(finding)) == 0) {
		text = kept_text(d, value);
		if (!winlog_finding_set(&o->finding, path + strlen(finding), text))
			d->failed = true;
	} else if (strcmp(path, "Event/ntlmaudit/fact") == 0) {
		text = kept_text(d, value);
		add_pair(o, o->facts, &o->own.n_facts, XML_OWN_FACTS,
			 (struct winlog_data){name, text});
		o->own.facts = o->facts;
	} else if (strcmp(path, "Event/ntlmaudit/data") == 0) {
		text = kept_text(d, value);
		add_pair(o, o->foreign, &o->own.n_foreign, XML_OWN_FOREIGN,
			 (struct winlog_data){name, text});
		o->own.foreign = o->foreign;
	}
}
