#include "cmd/topic-print.h"

#include "event/explain.h"
#include "event/finding.h"
#include "format/prose.h"
#include "why/why.h"

#include <string.h>

#define INDENT 2

static void put_after(struct text *out, const char *lead, const char *s)
{
	struct text joined;

	text_init(&joined, 0);
	text_printf(&joined, "%s%s", lead, s);
	if (joined.failed)
		out->failed = true;
	else
		prose_fold(out, joined.ptr, INDENT);
	text_finish(&joined);
}

static void put_explanation(struct text *out, const struct explanation *e)
{
	text_puts(out, "\n\n");
	prose_fold(out, e->means, INDENT);
	if (!e->todo)
		return;
	text_putc(out, '\n');
	put_after(out, "What to do: ", e->todo);
}

/* For a code that the tables have no text for. */
static void put_found(struct text *out, const struct explanation *e, const char *unknown)
{
	const struct explanation none = {unknown, NULL};

	put_explanation(out, e ? e : &none);
}

void title_event(struct text *out, uint32_t id)
{
	const struct event_layout *l = event_layout_find((uint16_t)id);

	text_printf(out, "event %u, %s, %s: %s", id, event_role_name(l->role),
		    event_level_name(l->level), l->title);
}

void print_event(struct text *out, uint32_t id)
{
	const struct event_layout *l = event_layout_find((uint16_t)id);

	title_event(out, id);
	put_found(out, explained_code_find(explained_events, n_explained_events, id),
		  "Nothing more is known of it.");
	text_printf(out, "\n  Provider %s, channel %s.\n  %s\n\n", l->provider->name,
		    l->provider->channel,
		    l->emitted ? "Its fields, by Windows' name and ours:"
			       : "It is only read, never written. Its fields, by Windows' name "
				 "and ours:");
	for (size_t i = 0; i < l->n_fields; i++) {
		const struct fact_row *fact = &facts[l->fields[i].fact];

		text_printf(out, "  %-21s %-17s %s\n", l->fields[i].name, fact->key, fact->doc);
	}
}

void title_reason(struct text *out, uint32_t id)
{
	text_printf(out, "reason %u, %s: %s", id, event_reason_word(id), event_reason_text(id));
}

void print_reason(struct text *out, uint32_t id)
{
	title_reason(out, id);
	put_explanation(out, &explained_reasons[id]);
}

void title_status(struct text *out, uint32_t status)
{
	const char *name = event_status_name(status);

	text_printf(out, "status 0x%08x%s%s", status, name ? ": " : "", name ? name : "");
}

void print_status(struct text *out, uint32_t status)
{
	title_status(out, status);
	put_found(out, explained_code_find(explained_statuses, n_explained_statuses, status),
		  "An NTSTATUS that authentications do not usually end with; [MS-ERREF] 2.3.1 has "
		  "all of them.");
}

void title_warning(struct text *out, uint32_t place)
{
	text_printf(out, "warning %s", explained_warnings[place].word);
}

void print_warning(struct text *out, uint32_t place)
{
	title_warning(out, place);
	put_explanation(out, &explained_warnings[place].text);
}

void title_finding(struct text *out, uint32_t id)
{
	const struct finding_kind *kind = &finding_kinds[id];

	text_printf(out, "finding %s, severity %s: %s", kind->key,
		    finding_severity_name(kind->severity), kind->title);
}

void print_finding(struct text *out, uint32_t id)
{
	title_finding(out, id);
	text_puts(out, "\n\n");
	prose_fold(out, finding_kinds[id].about, INDENT);
	text_putc(out, '\n');
	put_after(out, "A false alarm if: ", finding_kinds[id].wrong);
}

void title_version(struct text *out, uint32_t place)
{
	text_printf(out, "version %s", explained_versions[place].word);
}

void print_version(struct text *out, uint32_t place)
{
	title_version(out, place);
	put_explanation(out, &explained_versions[place].text);
}

void title_field(struct text *out, uint32_t fact)
{
	text_printf(out, "field %s: %s", facts[fact].key, facts[fact].doc);
}

/* Is this row the first to call the fact so? */
static bool is_first_so_named(size_t layout, const struct field *field)
{
	for (size_t i = 0; i < layout; i++)
		for (size_t k = 0; k < event_layouts[i].n_fields; k++)
			if (event_layouts[i].fields[k].fact == field->fact &&
			    strcmp(event_layouts[i].fields[k].name, field->name) == 0)
				return false;
	return true;
}

static void put_events_of(struct text *out, size_t layout, const struct field *field)
{
	bool ours = event_layout_is_ours(&event_layouts[layout]);
	struct text line;
	uint16_t last = 0;

	text_init(&line, 0);
	text_puts(&line, field->name);
	if (field->label)
		text_printf(&line, " (shown as %s)", field->label);
	text_puts(&line, " of");
	for (; layout < n_event_layouts; layout++) {
		const struct event_layout *l = &event_layouts[layout];

		for (size_t k = 0; k < l->n_fields; k++) {
			if (l->fields[k].fact != field->fact || l->id == last ||
			    strcmp(l->fields[k].name, field->name) != 0)
				continue;
			text_printf(&line, " %u", l->id);
			last = l->id;
		}
	}
	put_after(out, ours ? "Ours: " : "Windows: ", line.ptr ? line.ptr : "");
	text_finish(&line);
}

static void put_windows_names(struct text *out, enum fact fact)
{
	for (size_t i = 0; i < n_event_layouts; i++) {
		for (size_t k = 0; k < event_layouts[i].n_fields; k++) {
			const struct field *f = &event_layouts[i].fields[k];

			if (f->fact == fact && is_first_so_named(i, f))
				put_events_of(out, i, f);
		}
	}
}

void print_field(struct text *out, uint32_t fact)
{
	title_field(out, fact);
	put_explanation(out, &explained_facts[fact]);
	text_putc(out, '\n');
	if (fact >= FACT_OWN_FIRST)
		text_puts(out, "  Ours: in JSON, and in XML beside Windows' fields.\n");
	put_windows_names(out, (enum fact)fact);
}

/* A line for each bit that is set, then for each whose absence matters. */
static void put_bits(struct text *out, const struct explained_bit *bits, size_t n, uint32_t flags)
{
	uint32_t known = 0;

	text_puts(out, "\n\n");
	for (size_t i = 0; i < n; i++) {
		known |= bits[i].bit;
		if (!(flags & bits[i].bit))
			continue;
		text_printf(out, "  0x%08x  %s\n", bits[i].bit, bits[i].name);
		prose_fold(out, bits[i].set, 14);
	}
	if (flags & ~known)
		text_printf(out, "  0x%08x  unknown\n", flags & ~known);
	for (size_t i = 0; i < n; i++) {
		if ((flags & bits[i].bit) || !bits[i].unset)
			continue;
		text_printf(out, "  not set     %s\n", bits[i].name);
		prose_fold(out, bits[i].unset, 14);
	}
}

void title_av_flags(struct text *out, uint32_t flags)
{
	text_printf(out, "avflags 0x%x: MsvAvFlags of an NTLMv2 response", flags);
}

void print_av_flags(struct text *out, uint32_t flags)
{
	title_av_flags(out, flags);
	put_bits(out, explained_av_flags, n_explained_av_flags, flags);
}

void title_flags(struct text *out, uint32_t flags)
{
	text_printf(out, "flags 0x%08x: NegotiateFlags of an NTLM message", flags);
}

void print_flags(struct text *out, uint32_t flags)
{
	title_flags(out, flags);
	put_bits(out, explained_flags, n_explained_flags, flags);
}

void title_flag(struct text *out, uint32_t place)
{
	text_printf(out, "flag %s, 0x%08x of NegotiateFlags", explained_flags[place].name,
		    explained_flags[place].bit);
}

void print_flag(struct text *out, uint32_t place)
{
	const struct explained_bit *bit = &explained_flags[place];

	title_flag(out, place);
	text_puts(out, "\n\n");
	put_after(out, "Set: ", bit->set);
	if (bit->unset)
		put_after(out, "Not set: ", bit->unset);
}

void title_kerberos(struct text *out, uint32_t code)
{
	const char *name = why_krb_error_name(code);

	text_printf(out, "krb %u%s%s", code, name ? ": " : "", name ? name : "");
}

void print_kerberos(struct text *out, uint32_t code)
{
	title_kerberos(out, code);
	put_found(out, explained_code_find(explained_kerberos, n_explained_kerberos, code),
		  "A Kerberos error that rarely has to do with NTLM; RFC 4120, 7.5.9, has all of "
		  "them.");
}
