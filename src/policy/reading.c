#include "policy/reading.h"

#include "policy/lines.h"

static const struct {
	const char *name;
	void (*read)(struct reading *r, struct span data);
} formats[POLICY_FORMAT__COUNT] = {
	[POLICY_CONF] = {"configuration", policy_read_conf},
	[POLICY_POL] = {"Registry.pol", policy_read_pol},
	[POLICY_INF] = {"GptTmpl.inf", policy_read_inf},
};

const char *policy_format_name(enum policy_format format)
{
	return formats[format].name;
}

/* Our configuration has no sections. */
static bool begins_with_section(struct span data)
{
	struct lines lines = lines_of(data);
	struct span line;

	while (lines_next(&lines, &line))
		if (!line_is_empty(line))
			return line.ptr[0] == '[';
	return false;
}

enum policy_format policy_format_of(struct span data)
{
	if (span_starts(data, "PReg", 4))
		return POLICY_POL;
	if (span_starts(data, "\xff\xfe", 2) || begins_with_section(data))
		return POLICY_INF;
	return POLICY_CONF;
}

void policy_read(struct reading *r, enum policy_format format, struct span data)
{
	formats[format].read(r, data);
}
