#include "sink/syslog.h"

#include "sink/target.h"

#include <errno.h>

static const char *const facilities[] = {
	"kern",	  "user",   "mail",	"daemon", "auth",   "syslog",	"lpr",	   "news",
	"uucp",	  "cron",   "authpriv", "ftp",	  "ntp",    "security", "console", "solaris-cron",
	"local0", "local1", "local2",	"local3", "local4", "local5",	"local6",  "local7",
};

#define AUTHPRIV 10

static bool set_facility(void *into, const char *value)
{
	struct syslog_settings *c = into;

	for (unsigned i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++) {
		if (strcmp(facilities[i], value) != 0)
			continue;
		c->facility = i;
		return true;
	}
	return false;
}

static bool set_format(void *into, const char *value)
{
	struct syslog_settings *c = into;

	c->format = format_find(value);
	return c->format || strcmp(value, "sd") == 0;
}

static bool set_max(void *into, const char *value)
{
	struct syslog_settings *c = into;

	return target_number(value, SYSLOG_MIN_BYTES, SYSLOG_MAX_BYTES, &c->max_bytes);
}

static bool set_max_udp(void *into, const char *value)
{
	struct syslog_settings *c = into;

	return target_number(value, SYSLOG_MIN_BYTES, SYSLOG_MAX_UDP_BYTES, &c->max_bytes);
}

static bool set_ca(void *into, const char *value)
{
	struct syslog_settings *c = into;

	return target_copy(value, c->ca, sizeof(c->ca));
}

static bool set_cert(void *into, const char *value)
{
	struct syslog_settings *c = into;

	return target_copy(value, c->cert, sizeof(c->cert));
}

static bool set_key(void *into, const char *value)
{
	struct syslog_settings *c = into;

	return target_copy(value, c->key, sizeof(c->key));
}

#define FACILITY_ROW                                                                               \
	{                                                                                          \
		"facility", set_facility, "a facility's name, as authpriv or local0"               \
	}
#define FORMAT_ROW                                                                                 \
	{                                                                                          \
		"format", set_format, "sd, or the name of a format, as json or cef"                \
	}

static const struct target_option udp_options[] = {
	FACILITY_ROW,
	FORMAT_ROW,
	{"max-bytes", set_max_udp, "a number from 480 to 65000"},
	{0},
};

static const struct target_option tcp_options[] = {
	FACILITY_ROW,
	FORMAT_ROW,
	{"max-bytes", set_max, "a number from 480 to 1048576"},
	{0},
};

static const struct target_option tls_options[] = {
	FACILITY_ROW,
	FORMAT_ROW,
	{"max-bytes", set_max, "a number from 480 to 1048576"},
	{"ca", set_ca, "the path of a PEM file"},
	{"cert", set_cert, "the path of a PEM file"},
	{"key", set_key, "the path of a PEM file"},
	{0},
};

int syslog_settings(struct syslog_settings *c, const char *rest, enum syslog_kind kind,
		    struct text *why)
{
	static const struct {
		const char *port;
		const struct target_option *options;
	} kinds[] = {
		[SYSLOG_UDP] = {"514", udp_options},
		[SYSLOG_TCP] = {"514", tcp_options},
		[SYSLOG_TLS] = {"6514", tls_options},
	};
	int rc;

	*c = (struct syslog_settings){.facility = AUTHPRIV, .max_bytes = SYSLOG_DEFAULT_BYTES};
	rc = target_host(rest, kinds[kind].port, c->host, c->port, why);
	if (rc == 0)
		rc = target_options(rest, kinds[kind].options, c, why);
	if (rc == 0 && !*c->cert != !*c->key) {
		text_puts(why, "the options cert and key go together");
		return -EINVAL;
	}
	return rc;
}
