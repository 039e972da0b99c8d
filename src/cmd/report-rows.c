#include "cmd/report.h"

#include "base/clock.h"
#include "event/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIM(d) (UINT32_C(1) << USAGE_##d)

const struct measure_row measures[MEASURE__COUNT] = {
	[MEASURE_LOGONS] = {{"logons", "logons", CELL_COUNT}, DIM(ROLE)},
	[MEASURE_FAILED] = {{"failed", "failed", CELL_COUNT}, DIM(ROLE) | DIM(OUTCOME)},
	[MEASURE_NTLMV1] = {{"ntlmv1", "NTLMv1", CELL_COUNT}, DIM(ROLE) | DIM(VERSION)},
	[MEASURE_WARNINGS] = {{"warnings", "warnings", CELL_COUNT}, DIM(ROLE) | DIM(LEVEL)},
	[MEASURE_USERS] = {{"users", "users", CELL_COUNT}, DIM(USER)},
	[MEASURE_CLIENTS] = {{"clients", "clients", CELL_COUNT}, DIM(CLIENT)},
	[MEASURE_SERVERS] = {{"servers", "servers", CELL_COUNT}, DIM(SERVER)},
	[MEASURE_FIRST] = {{"first", "first seen", CELL_TIME}, 0},
	[MEASURE_LAST] = {{"last", "last seen", CELL_TIME}, 0},
};

static const char *dim(const struct usage_row *row, enum usage_dim d)
{
	return row->dim[d] ? row->dim[d] : "";
}

/* Where the user was not asked for, the version has to do: an anonymous logon has none. */
static bool is_anonymous(const struct usage_row *row)
{
	const char *user = row->dim[USAGE_USER], *name = user ? strrchr(user, '\\') : NULL;

	if (!user)
		return false;
	name = name ? name + 1 : user;
	return !*name || strcasecmp(name, "ANONYMOUS LOGON") == 0;
}

bool usage_is_ntlmv1(const struct usage_row *row)
{
	const char *version = dim(row, USAGE_VERSION);

	return (strncmp(version, "NTLMv1", 6) == 0 || strcmp(version, "LM") == 0) &&
	       !is_anonymous(row);
}

static bool key_user(const struct usage_row *row, size_t i, struct report_key *key)
{
	key->part[0] = dim(row, USAGE_USER);
	return i == 0;
}

/* Only clients have reasons, and in captures and Windows' new events only. */
static bool key_reason(const struct usage_row *row, size_t i, struct report_key *key)
{
	key->part[0] = dim(row, USAGE_REASON);
	key->part[1] = event_reason_word((uint32_t)strtoul(key->part[0], NULL, 10));
	return i == 0 && *key->part[0];
}

static bool key_pair(const struct usage_row *row, size_t i, struct report_key *key)
{
	key->part[0] = dim(row, USAGE_CLIENT);
	key->part[1] = dim(row, USAGE_SERVER);
	return i == 0;
}

static bool key_process(const struct usage_row *row, size_t i, struct report_key *key)
{
	key->part[0] = dim(row, USAGE_PROCESS);
	return i == 0 && *key->part[0];
}

static bool key_server(const struct usage_row *row, size_t i, struct report_key *key)
{
	key->part[0] = dim(row, USAGE_SERVER);
	return i == 0;
}

static bool key_all(const struct usage_row *row, size_t i, struct report_key *key)
{
	key->part[0] = dim(row, USAGE_USER);
	key->part[1] = dim(row, USAGE_CLIENT);
	key->part[2] = dim(row, USAGE_SERVER);
	return i == 0;
}

static bool key_ntlmv1(const struct usage_row *row, size_t i, struct report_key *key)
{
	return key_all(row, i, key) && usage_is_ntlmv1(row);
}

static bool key_failed(const struct usage_row *row, size_t i, struct report_key *key)
{
	return key_all(row, i, key) && strcmp(dim(row, USAGE_OUTCOME), "failed") == 0;
}

/* Each of the keywords joined by commas. */
static bool key_warning(const struct usage_row *row, size_t i, struct report_key *key)
{
	const char *s = dim(row, USAGE_WARNINGS);
	size_t n;

	for (; i; i--) {
		s += strcspn(s, ",");
		if (!*s++)
			return false;
	}
	n = strcspn(s, ",");
	snprintf(key->made, sizeof(key->made), "%.*s", (int)(n < 63 ? n : 63), s);
	key->part[0] = key->made;
	return n > 0;
}

/* The first three are found in one dimension each, the last in two. */
static bool key_new(const struct usage_row *row, size_t i, struct report_key *key)
{
	static const struct {
		const char *kind;
		enum usage_dim a, b;
	} kinds[] = {{"user", USAGE_USER, USAGE__COUNT},
		     {"client", USAGE_CLIENT, USAGE__COUNT},
		     {"server", USAGE_SERVER, USAGE__COUNT},
		     {"process", USAGE_PROCESS, USAGE__COUNT},
		     {"pair", USAGE_CLIENT, USAGE_SERVER}};

	if (i >= sizeof(kinds) / sizeof(kinds[0]))
		return false;
	key->part[0] = kinds[i].kind;
	key->part[1] = dim(row, kinds[i].a);
	key->part[2] = kinds[i].b == USAGE__COUNT ? "" : dim(row, kinds[i].b);
	return true;
}

static bool key_day(const struct usage_row *row, size_t i, struct report_key *key)
{
	int64_t hour = strtoll(dim(row, USAGE_HOUR), NULL, 10);
	struct text day;

	text_init(&day, 64);
	clock_format(&day, hour * 3600 * NSEC_PER_SEC);
	snprintf(key->made, sizeof(key->made), "%.10s", day.ptr ? day.ptr : "");
	text_finish(&day);
	key->part[0] = key->made;
	return i == 0;
}

/* ---- what only domain controllers see ---- */

/* Of each trust this end: its accounts elsewhere, and the other's here. */
static bool key_trust(const struct usage_row *row, size_t i, struct report_key *key)
{
	key->part[0] = dim(row, USAGE_DOMAIN);
	key->part[1] = strcmp(dim(row, USAGE_ROLE), USAGE_FARSIDE) == 0 ? "out" : "in";
	key->part[2] = dim(row, USAGE_OTHER_DOMAIN);
	return i == 0 && *key->part[2];
}

static bool key_member(const struct usage_row *row, size_t i, struct report_key *key)
{
	key->part[0] = dim(row, USAGE_SERVER);
	key->part[1] = dim(row, USAGE_DOMAIN);
	key->part[2] = dim(row, USAGE_SERVER_OS);
	return i == 0 && *key->part[0] && *key->part[1];
}

/* Of servers whose system nobody told there is a row, too. */
static bool key_system(const struct usage_row *row, size_t i, struct report_key *key)
{
	key->part[0] = dim(row, USAGE_SERVER_OS);
	return i == 0 && *dim(row, USAGE_DOMAIN);
}

static bool key_mschapv2(const struct usage_row *row, size_t i, struct report_key *key)
{
	return key_all(row, i, key) && strcmp(dim(row, USAGE_DETAIL), "MS-CHAPv2") == 0;
}

static bool key_somebody(const struct usage_row *row, size_t i, struct report_key *key)
{
	return key_user(row, i, key) && !is_anonymous(row);
}

#define SHOWN_AS(key, heading)                                                                     \
	{                                                                                          \
		key, heading, CELL_TEXT                                                            \
	}

const struct report reports[] = {
	{.name = "who",
	 .title = "Who uses NTLM",
	 .doc = "users by use; --sort ntlmv1, warnings or failed: by weakness",
	 .keys = {SHOWN_AS("user", "user")},
	 .dims = DIM(USER),
	 .key = key_user,
	 .shown = {MEASURE_LOGONS, MEASURE_FAILED, MEASURE_NTLMV1, MEASURE_WARNINGS,
		   MEASURE_CLIENTS, MEASURE_SERVERS, MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_LOGONS,
	 .chart = CHART_RANK},
	{.name = "why",
	 .title = "Why it is NTLM and not Kerberos",
	 .doc = "reasons, with how many users, clients and servers each concerns",
	 .keys = {SHOWN_AS("reason_id", "ID"), SHOWN_AS("reason", "reason")},
	 .dims = DIM(REASON),
	 .key = key_reason,
	 .shown = {MEASURE_LOGONS, MEASURE_USERS, MEASURE_CLIENTS, MEASURE_SERVERS, MEASURE_LAST,
		   MEASURE__COUNT},
	 .order = MEASURE_LOGONS,
	 .chart = CHART_RANK,
	 .role = "client"},
	{.name = "where",
	 .title = "Where: from which client to which server",
	 .doc = "pairs of client and server",
	 .keys = {SHOWN_AS("client", "client"), SHOWN_AS("server", "server")},
	 .dims = DIM(CLIENT) | DIM(SERVER),
	 .key = key_pair,
	 .shown = {MEASURE_LOGONS, MEASURE_FAILED, MEASURE_NTLMV1, MEASURE_USERS, MEASURE_LAST,
		   MEASURE__COUNT},
	 .order = MEASURE_LOGONS,
	 .chart = CHART_RANK},
	{.name = "processes",
	 .title = "Processes that use NTLM",
	 .doc = "processes, as logs of Windows name them; a capture knows none",
	 .keys = {SHOWN_AS("process", "process")},
	 .dims = DIM(PROCESS),
	 .key = key_process,
	 .shown = {MEASURE_LOGONS, MEASURE_FAILED, MEASURE_USERS, MEASURE_CLIENTS, MEASURE_SERVERS,
		   MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_LOGONS,
	 .chart = CHART_RANK},
	{.name = "servers",
	 .title = "Servers that are used by NTLM",
	 .doc = "servers by use",
	 .keys = {SHOWN_AS("server", "server")},
	 .dims = DIM(SERVER),
	 .key = key_server,
	 .shown = {MEASURE_LOGONS, MEASURE_FAILED, MEASURE_NTLMV1, MEASURE_WARNINGS, MEASURE_USERS,
		   MEASURE_CLIENTS, MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_LOGONS,
	 .chart = CHART_RANK},
	{.name = "ntlmv1",
	 .title = "NTLMv1: users and machines",
	 .doc = "who still uses NTLMv1 or LM, where from and where to; null sessions never count",
	 .keys = {SHOWN_AS("user", "user"), SHOWN_AS("client", "client"),
		  SHOWN_AS("server", "server")},
	 .dims = DIM(USER) | DIM(CLIENT) | DIM(SERVER) | DIM(VERSION),
	 .key = key_ntlmv1,
	 .shown = {MEASURE_NTLMV1, MEASURE_FAILED, MEASURE_FIRST, MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_NTLMV1,
	 .chart = CHART_RANK},
	{.name = "warnings",
	 .title = "Warnings by cause",
	 .doc = "what makes events warnings; ntlmaudit explain WORD tells what to do",
	 .keys = {SHOWN_AS("warning", "warning")},
	 .dims = DIM(WARNINGS),
	 .key = key_warning,
	 .shown = {MEASURE_LOGONS, MEASURE_USERS, MEASURE_CLIENTS, MEASURE_SERVERS, MEASURE_LAST,
		   MEASURE__COUNT},
	 .order = MEASURE_LOGONS,
	 .chart = CHART_RANK},
	{.name = "failures",
	 .title = "Failed logons",
	 .doc = "who failed, where from and where to",
	 .keys = {SHOWN_AS("user", "user"), SHOWN_AS("client", "client"),
		  SHOWN_AS("server", "server")},
	 .dims = DIM(USER) | DIM(CLIENT) | DIM(SERVER) | DIM(OUTCOME),
	 .key = key_failed,
	 .shown = {MEASURE_FAILED, MEASURE_NTLMV1, MEASURE_FIRST, MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_FAILED,
	 .chart = CHART_RANK},
	{.name = "trusts",
	 .title = "Across domains",
	 .doc = "by trust, as the domain's controllers see it: out, its accounts at the other's "
		"servers; in, the other's accounts at its servers",
	 .keys = {SHOWN_AS("domain", "domain"), SHOWN_AS("direction", "direction"),
		  SHOWN_AS("other_domain", "other domain")},
	 .dims = DIM(DOMAIN) | DIM(OTHER_DOMAIN) | DIM(ROLE),
	 .key = key_trust,
	 .shown = {MEASURE_LOGONS, MEASURE_FAILED, MEASURE_NTLMV1, MEASURE_USERS, MEASURE_SERVERS,
		   MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_LOGONS,
	 .chart = CHART_RANK},
	{.name = "members",
	 .title = "Member servers, as domain controllers see them",
	 .doc = "what each server asked its domain controllers; one that changed its system has a "
		"row of each",
	 .keys = {SHOWN_AS("server", "server"), SHOWN_AS("domain", "domain"),
		  SHOWN_AS("server_os", "operating system")},
	 .dims = DIM(SERVER) | DIM(DOMAIN) | DIM(SERVER_OS),
	 .key = key_member,
	 .shown = {MEASURE_LOGONS, MEASURE_FAILED, MEASURE_NTLMV1, MEASURE_WARNINGS, MEASURE_USERS,
		   MEASURE_CLIENTS, MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_LOGONS,
	 .chart = CHART_RANK,
	 .role = "domain"},
	{.name = "systems",
	 .title = "Servers by operating system",
	 .doc = "as servers told their domain controllers",
	 .keys = {SHOWN_AS("server_os", "operating system")},
	 .dims = DIM(SERVER_OS) | DIM(DOMAIN),
	 .key = key_system,
	 .shown = {MEASURE_SERVERS, MEASURE_LOGONS, MEASURE_FAILED, MEASURE_NTLMV1, MEASURE_USERS,
		   MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_SERVERS,
	 .chart = CHART_RANK,
	 .role = "domain"},
	{.name = "mschapv2",
	 .title = "MS-CHAPv2: VPN, Wi-Fi and other network logons",
	 .doc = "whose MS-CHAPv2 responses a server passed on as NTLM; Windows calls them NTLMv1",
	 .keys = {SHOWN_AS("user", "user"), SHOWN_AS("client", "client"),
		  SHOWN_AS("server", "server")},
	 .dims = DIM(USER) | DIM(CLIENT) | DIM(SERVER) | DIM(DETAIL),
	 .key = key_mschapv2,
	 .shown = {MEASURE_LOGONS, MEASURE_FAILED, MEASURE_FIRST, MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_LOGONS,
	 .chart = CHART_RANK},
	{.name = "ntlm-only",
	 .title = "Users without Kerberos",
	 .doc = "users of whom the log knows no logon by Kerberos of this time; where no KDC's log "
		"or traffic was read, that is everybody",
	 .keys = {SHOWN_AS("user", "user")},
	 .dims = DIM(USER),
	 .key = key_somebody,
	 .shown = {MEASURE_LOGONS, MEASURE_FAILED, MEASURE_NTLMV1, MEASURE_CLIENTS, MEASURE_SERVERS,
		   MEASURE_FIRST, MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_LOGONS,
	 .chart = CHART_RANK,
	 .lacks_kerberos = true},
	{.name = "new",
	 .title = "New: first seen lately",
	 .doc = "users, clients, servers, processes and pairs first seen since --new-since",
	 .keys = {SHOWN_AS("kind", "kind"), SHOWN_AS("name", "name"), SHOWN_AS("server", "server")},
	 .dims = DIM(USER) | DIM(CLIENT) | DIM(SERVER) | DIM(PROCESS),
	 .key = key_new,
	 .shown = {MEASURE_LOGONS, MEASURE_FIRST, MEASURE_LAST, MEASURE__COUNT},
	 .order = MEASURE_FIRST,
	 .is_new = true},
	{.name = "trend",
	 .title = "Trend by day",
	 .doc = "logons of each day",
	 .keys = {SHOWN_AS("day", "day")},
	 .dims = DIM(HOUR),
	 .key = key_day,
	 .shown = {MEASURE_LOGONS, MEASURE_FAILED, MEASURE_NTLMV1, MEASURE_WARNINGS,
		   MEASURE__COUNT},
	 .chart = CHART_TIME},
	{0},
};
