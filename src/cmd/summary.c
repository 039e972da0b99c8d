#include "cmd/summary.h"

#include "event/schema.h"

#include <inttypes.h>
#include <string.h>

/* "1234567" as "1,234,567". */
static const char *grouped(uint64_t n, char out[32])
{
	char plain[24];
	int len = snprintf(plain, sizeof(plain), "%" PRIu64, n), at = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = plain[i];
	}
	out[at] = '\0';
	return out;
}

static void print_count(FILE *out, uint64_t n, const char *label)
{
	char digits[32];

	fprintf(out, "  %12s  %s\n", grouped(n, digits), label);
}

static void print_group(FILE *out, const struct tally *t, enum tally_group group, const char *title)
{
	bool titled = false;

	for (int i = 0; i < TALLY__COUNT; i++) {
		if (tally_rows[i].group != group || t->n[i] == 0)
			continue;
		if (!titled)
			fprintf(out, "%s\n", title);
		titled = true;
		print_count(out, t->n[i], tally_rows[i].label);
	}
}

static void print_events(FILE *out, const struct summary *s)
{
	for (size_t id = 0; id < 65536; id++) {
		const struct event_layout *layout;
		char label[128];

		if (!s->by_id[id])
			continue;
		layout = event_layout_find((uint16_t)id);
		snprintf(label, sizeof(label), "events %zu, %s: %s", id,
			 layout ? event_level_name(layout->level) : "?",
			 layout ? layout->title : "unknown");
		print_count(out, s->by_id[id], label);
	}
	if (s->filtered)
		print_count(out, s->filtered, "events left out by --role or --min-level");
}

void summary_encrypted(struct summary *s, const struct encrypted_row *row)
{
	struct summary_encrypted *to = &s->encrypted[s->encrypted_rows];

	s->encrypted_all += row->connections;
	if (!row->host || s->encrypted_rows == SUMMARY_ENCRYPTED)
		return;
	s->encrypted_rows++;
	snprintf(to->host, sizeof(to->host), "%s", row->host);
	to->port = row->port;
	to->connections = row->connections;
}

static void print_encrypted(FILE *out, const struct summary *s)
{
	uint64_t others = s->encrypted_all;
	char digits[32], label[ENCRYPTED_NAME_MAX + 16];

	if (s->encrypted_all == 0)
		return;
	fprintf(out, "%s encrypted connection%s, whose NTLM can't be seen from the wire:\n",
		grouped(s->encrypted_all, digits), s->encrypted_all == 1 ? "" : "s");
	for (size_t i = 0; i < s->encrypted_rows; i++) {
		const struct summary_encrypted *row = &s->encrypted[i];
		bool v6 = strchr(row->host, ':') != NULL;

		snprintf(label, sizeof(label), "%s%s%s:%u", v6 ? "[" : "", row->host, v6 ? "]" : "",
			 (unsigned)row->port);
		print_count(out, row->connections, label);
		others -= row->connections;
	}
	if (others)
		print_count(out, others, "to other servers");
	fputs("look on those servers instead: Windows' own NTLM log there, Samba's "
	      "auth_json_audit log\n",
	      out);
}

/* Of logs: what was read, and what it was made into. */
static void print_logs(FILE *out, const struct winlog_counts *c)
{
	const struct {
		uint64_t n;
		const char *label;
	} rows[] = {
		{c->recovered, "of them recovered from unused space"},
		{c->other, "of them of other kinds"},
		{c->findings, "findings"},
		{c->reasons, "reasons whose number and sentence disagreed: the sentence was taken"},
		{c->anonymous, "null sessions that the log calls NTLMv1"},
		{c->values_odd, "values that are not of their field's type: kept as they were"},
		{c->times_lost, "events whose time can't be read"},
		{c->fields_lost, "fields beyond a record's limit"},
		{c->problems, "places that could not be read: see above"},
	};

	print_count(out, c->records, "records of logs");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].n)
			print_count(out, rows[i].n, rows[i].label);
}

static void print_files(FILE *out, const struct summary *s)
{
	if (s->files || (!s->logs && !s->samba_logs))
		print_count(out, s->files, s->files == 1 ? "capture file" : "capture files");
	if (s->samba_logs)
		print_count(out, s->samba_logs, s->samba_logs == 1 ? "Samba log" : "Samba logs");
	if (s->logs)
		print_count(out, s->logs, s->logs == 1 ? "log" : "logs");
	if (s->files_unread)
		print_count(out, s->files_unread, "of them not read: see above");
	if (s->files_partly)
		print_count(out, s->files_partly, "of them only partly read: see above");
}

void summary_print(FILE *out, const struct summary *s)
{
	fputs("summary\n", out);
	print_files(out, s);
	for (int i = 0; s->files && i < TALLY_EVENTS; i++)
		print_count(out, s->tally.n[i], tally_rows[i].label);
	if (s->samba_logs)
		print_count(out, s->tally.n[TALLY_LINES], tally_rows[TALLY_LINES].label);
	if (s->logs)
		print_logs(out, &s->log);
	print_events(out, s);
	if (s->tally.n[TALLY_FINDINGS])
		print_count(out, s->tally.n[TALLY_FINDINGS], tally_rows[TALLY_FINDINGS].label);
	print_encrypted(out, s);
	print_group(out, &s->tally, TALLY_EXCHANGE, "of the exchanges");
	print_group(out, &s->tally, TALLY_UNKNOWN, "not understood");
	print_group(out, &s->tally, TALLY_UNREAD, "not read, or noteworthy");
}
