#include "sink/sink.h"

#include <errno.h>

#define TARGET_MAX 4096

const struct sink_ops *const sinks[] = {
	&sink_journald, &sink_syslog_udp, &sink_syslog_tcp, &sink_syslog_tls, &sink_file, NULL,
};

/* "journald" may stand alone or before a ':'; the others begin a longer text. */
static bool is_its_target(const struct sink_ops *ops, const char *target)
{
	size_t n = strlen(ops->scheme);

	if (strncmp(target, ops->scheme, n) != 0)
		return false;
	return ops != &sink_journald || target[n] == '\0' || target[n] == ':';
}

static int unknown(const char *target, struct text *why)
{
	text_printf(why, "%s: should be", target);
	for (size_t i = 0; sinks[i]; i++)
		text_printf(why, "%s %s",
			    i == 0	   ? ""
			    : sinks[i + 1] ? ","
					   : " or",
			    sinks[i]->shape);
	return -EINVAL;
}

int sink_init(struct sink *s, const char *target, struct text *why)
{
	struct text problem;
	int rc;

	if (strlen(target) > TARGET_MAX)
		return unknown("a target of such a length", why);
	for (const char *p = target; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return unknown("a target with control characters", why);
	*s = (struct sink){.target = target};
	for (size_t i = 0; sinks[i] && !s->ops; i++)
		if (is_its_target(sinks[i], target))
			s->ops = sinks[i];
	if (!s->ops)
		return unknown(target, why);
	s->rest = target + strlen(s->ops->scheme);
	text_init(&problem, 1024);
	rc = s->ops->check(s, &problem);
	if (rc < 0)
		text_printf(why, "%s: %s", target, problem.ptr ? problem.ptr : strerror(-rc));
	text_finish(&problem);
	return rc;
}
