#include "cmd/shown.h"

static struct shown *of(void *options)
{
	return options;
}

void shown_init(struct shown *s)
{
	*s = (struct shown){
		.format = format_find("short"),
		.roles = ROLES_ALL,
		.min_level = LEVEL_INFORMATION,
	};
}

const char *shown_set_output(void *options, const char *value)
{
	static struct text names; /* lives as long as the program */
	const struct format *format = format_find(value);

	if (!format) {
		text_reset(&names);
		text_puts(&names, "should be ");
		format_names(&names, ", ", " or ");
		return names.ptr ? names.ptr : "should be one of the formats in --help";
	}
	of(options)->format = format;
	of(options)->has_format = true;
	return NULL;
}

const char *shown_set_min_level(void *options, const char *value)
{
	static const struct choice_word levels[] = {
		{"information", LEVEL_INFORMATION}, {"warning", LEVEL_WARNING}, {NULL, 0}};
	int level;

	if (!choice_find(levels, value, &level))
		return "should be information or warning";
	of(options)->min_level = (uint8_t)level;
	return NULL;
}

const char *shown_set_color(void *options, const char *value)
{
	return choice_set(&of(options)->color, value);
}

const char *shown_set_explain(void *options, const char *value)
{
	(void)value;
	of(options)->explain = true;
	return NULL;
}

struct format_style shown_style(const struct shown *s)
{
	return (struct format_style){.colour = choice_colour(s->color), .explain = s->explain};
}
