#include "format/prose.h"

#include "format/escape.h"
#include "format/value.h"

#include <inttypes.h>
#include <stdio.h>

static void put_indent(struct text *out, size_t indent)
{
	text_printf(out, "%*s", (int)indent, "");
}

void prose_fold(struct text *out, const char *s, size_t indent)
{
	size_t column = 0;

	while (*s) {
		size_t word = strcspn(s, " \n");

		if (column && column + 1 + word > PROSE_WIDTH) {
			text_putc(out, '\n');
			column = 0;
		}
		if (column)
			text_putc(out, ' ');
		else if (word)
			put_indent(out, indent);
		text_add(out, s, word);
		column = (column ? column + 1 : indent) + word;
		s += word;
		if (*s == '\n') {
			text_putc(out, '\n');
			column = 0;
		}
		s += *s != '\0';
	}
	if (column)
		text_putc(out, '\n');
}

/* "1.250 s before", "12.345 ms before", "at the same time". */
static void put_before(struct text *out, int64_t ns)
{
	static const int64_t second = INT64_C(1000000000);

	if (ns >= second) {
		text_printf(out, "%" PRId64 ".%03u s before", ns / second,
			    (unsigned)(ns % second / 1000000));
	} else if (ns >= 1000) {
		value_milliseconds(out, ns);
		text_puts(out, " ms before");
	} else {
		text_puts(out, ns > -1000 ? "at the same time" : "after it");
	}
}

/* A column of text, NULL left empty; two spaces stand before it. */
static void put_cell(struct text *out, const char *s, int width)
{
	size_t start;

	text_puts(out, "  ");
	start = out->len;
	if (s)
		text_visible(out, s);
	if (out->len - start < (size_t)width)
		text_printf(out, "%*s", width - (int)(out->len - start), "");
}

static void drop_spaces(struct text *out)
{
	while (out->len && out->ptr[out->len - 1] == ' ')
		out->ptr[--out->len] = '\0';
}

static void put_evidence(struct text *out, const struct evidence *v, size_t indent)
{
	char packet[32] = "";
	struct text before;

	text_init(&before, 64);
	put_before(&before, v->before);
	put_indent(out, indent);
	text_printf(out, "%18s", before.ptr ? before.ptr : "");
	text_finish(&before);
	if (v->packet)
		snprintf(packet, sizeof(packet), "packet %" PRIu64, v->packet);
	put_cell(out, packet, 13);
	put_cell(out, v->peer, 15);
	put_cell(out, v->code ? v->code : v->kind, 27);
	put_cell(out, v->name, 0);
	drop_spaces(out);
	text_putc(out, '\n');
}

/* The sentence that shows the reason, else the reason itself. */
static const char *reason_of(const struct event *e)
{
	const struct value *v = &e->facts[FACT_EVIDENCE];

	if (v->kind == VALUE_TEXT && *v->text)
		return v->text;
	v = &e->facts[FACT_REASON];
	return v->kind == VALUE_TEXT ? v->text : "not known";
}

void prose_reason(struct text *out, const struct format_style *style, const struct event *e,
		  size_t indent)
{
	if (e->layout->role != ROLE_CLIENT)
		return;
	put_indent(out, indent);
	colour_on(out, style, COLOUR_BOLD);
	text_puts(out, "why:");
	colour_off(out, style, COLOUR_BOLD);
	text_putc(out, ' ');
	text_visible(out, reason_of(e));
	text_putc(out, '\n');
	for (size_t i = 0; i < e->n_evidence; i++)
		put_evidence(out, &e->evidence[i], indent + 2);
}

void prose_finding(struct text *out, const struct finding_kind *kind, size_t indent)
{
	prose_fold(out, kind->about, indent);
	put_indent(out, indent);
	text_puts(out, "A false alarm if:\n");
	prose_fold(out, kind->wrong, indent);
}
