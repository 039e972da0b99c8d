#include "policy/problem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void place_put(struct text *out, const struct place *place)
{
	text_puts(out, place->file ? place->file : "built-in");
	if (place->kind == PLACE_LINE)
		text_printf(out, ": line %" PRIu64, place->at);
	if (place->kind == PLACE_OFFSET)
		text_printf(out, ": offset %" PRIu64, place->at);
}

static void tell(struct problems *p, const struct problem *problem)
{
	if (p->tell && p->errors + p->warnings <= PROBLEMS_MAX)
		p->tell(p->context, problem);
}

void problem_error(struct problems *p, const struct place *place, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	p->errors++;
	tell(p, &(struct problem){*place, false, what});
}

void problem_warning(struct problems *p, const struct place *place, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	p->warnings++;
	tell(p, &(struct problem){*place, true, what});
}
