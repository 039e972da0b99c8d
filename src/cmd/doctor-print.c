/* What the doctor says, for people and for machines; and the remarks it is made of. */
#include "cmd/doctor.h"

#include "base/mem.h"
#include "format/escape.h"
#include "format/json-write.h"
#include "format/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define WIDTH 9

static const struct {
	const char *name;
	enum colour colour;
} verdicts[VERDICT__COUNT] = {
	[VERDICT_OK] = {"ok", COLOUR_GREEN},
	[VERDICT_SKIPPED] = {"skipped", COLOUR_DIM},
	[VERDICT_WARNING] = {"warning", COLOUR_YELLOW},
	[VERDICT_ERROR] = {"error", COLOUR_RED},
};

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict].name;
}

/* ---- remarks ---- */

void checkup_init(struct checkup *c)
{
	*c = (struct checkup){0};
}

void checkup_finish(struct checkup *c)
{
	for (size_t i = 0; i < c->n; i++) {
		text_finish(&c->remarks[i].what);
		text_finish(&c->remarks[i].cure);
	}
	*c = (struct checkup){0};
}

static void __attribute__((format(printf, 2, 0))) put_format(struct text *out, const char *format, va_list args)
{
	char line[4096];

	vsnprintf(line, sizeof(line), format, args);
	text_puts(out, line);
}

void remark(struct checkup *c, enum verdict verdict, const char *format, ...)
{
	struct remark *r = &c->remarks[c->n];
	va_list args;

	if (verdict > c->verdict)
		c->verdict = verdict;
	if (c->n == REMARKS_MAX) {
		c->left_out++;
		return;
	}
	c->n++;
	r->verdict = verdict;
	text_init(&r->what, 0);
	text_init(&r->cure, 0);
	va_start(args, format);
	put_format(&r->what, format, args);
	va_end(args);
}

void cure(struct checkup *c, const char *format, ...)
{
	va_list args;

	if (c->left_out || c->n == 0)
		return;
	va_start(args, format);
	put_format(&c->remarks[c->n - 1].cure, format, args);
	va_end(args);
}

/* ---- for people ---- */

static void put_verdict(struct text *out, const struct format_style *style, enum verdict verdict)
{
	colour_on(out, style, verdicts[verdict].colour);
	text_puts(out, verdict_name(verdict));
	colour_off(out, style, verdicts[verdict].colour);
	text_printf(out, "%*s", (int)(WIDTH - strlen(verdict_name(verdict))), "");
}

static void put_remark(struct text *out, const struct format_style *style, const struct remark *r)
{
	text_printf(out, "%*s", WIDTH + 2, "");
	text_visible(out, r->what.ptr ? r->what.ptr : "");
	text_putc(out, '\n');
	if (!r->cure.len)
		return;
	text_printf(out, "%*s", WIDTH + 4, "");
	colour_on(out, style, COLOUR_BOLD);
	text_visible(out, r->cure.ptr);
	colour_off(out, style, COLOUR_BOLD);
	text_putc(out, '\n');
}

void doctor_print(struct text *out, const struct format_style *style, const struct check *check,
		  const struct checkup *c)
{
	put_verdict(out, style, c->verdict);
	text_printf(out, "%s\n", check->title);
	for (size_t i = 0; i < c->n; i++)
		put_remark(out, style, &c->remarks[i]);
	if (c->left_out)
		text_printf(out, "%*sand %" PRIu64 " more\n", WIDTH + 2, "", c->left_out);
}

void doctor_print_end(struct text *out, const struct doctor_count *count, bool is_root)
{
	text_printf(out, "\n%zu ok, %zu skipped, %zu with warnings, %zu with errors\n",
		    count->n[VERDICT_OK], count->n[VERDICT_SKIPPED], count->n[VERDICT_WARNING],
		    count->n[VERDICT_ERROR]);
	if (!is_root && count->n[VERDICT_SKIPPED])
		text_puts(out, "root can check more: sudo ntlmaudit doctor\n");
}

/* ---- for machines ---- */

static void json_remark(struct text *out, const struct remark *r)
{
	struct json j;

	json_begin(&j, out);
	json_text(&j, "verdict", verdict_name(r->verdict));
	json_text(&j, "what", r->what.ptr ? r->what.ptr : "");
	json_text_or_null(&j, "cure", r->cure.len ? r->cure.ptr : NULL);
	json_end(&j);
}

void doctor_json(struct text *out, const struct check *check, const struct checkup *c)
{
	struct json j;

	json_begin(&j, out);
	json_text(&j, "id", check->id);
	json_text(&j, "title", check->title);
	json_text(&j, "verdict", verdict_name(c->verdict));
	json_number(&j, "left_out", c->left_out);
	json_at(&j, "remarks");
	text_putc(out, '[');
	for (size_t i = 0; i < c->n; i++) {
		if (i)
			text_putc(out, ',');
		json_remark(out, &c->remarks[i]);
	}
	text_putc(out, ']');
	json_end(&j);
}
