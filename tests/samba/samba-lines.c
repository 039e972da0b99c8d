/*
 * What src/samba makes of lines, for scripts to compare: reads lines from standard input and prints `NAME VALUE` for each that is
 * not empty, texts in hexadecimal, then an empty line. `samba-lines time FILE [TIMES]` decodes a file in memory and prints lines,
 * bytes and nanoseconds.
 */
#include "base/clock.h"
#include "samba/line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct samba_scratch scratch;

static void show_text(const char *name, struct span text)
{
	if (!text.ptr)
		return;
	printf("%s x", name);
	for (size_t i = 0; i < text.len; i++)
		printf("%02x", text.ptr[i]);
	putchar('\n');
}

static void show_number(const char *name, uint64_t number)
{
	printf("%s %" PRIu64 "\n", name, number);
}

static void show_address(const char *name, const struct samba_address *a)
{
	char field[64];

	snprintf(field, sizeof(field), "%s.form", name);
	show_number(field, a->form);
	snprintf(field, sizeof(field), "%s.text", name);
	show_text(field, a->text);
	snprintf(field, sizeof(field), "%s.ip", name);
	show_text(field, span_make(a->ip, 16));
	snprintf(field, sizeof(field), "%s.port", name);
	show_number(field, a->port);
}

static void show_policy(const char *name, const struct samba_policy_check *p)
{
	char field[64];
	const struct {
		const char *name;
		struct span text;
	} texts[] = {{"event", p->event},
		     {"reason", p->reason},
		     {"policy", p->policy},
		     {"silo", p->silo}};

	if (!p->is_there)
		return;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(field, sizeof(field), "%s.%s", name, texts[i].name);
		show_text(field, texts[i].text);
	}
	snprintf(field, sizeof(field), "%s.enforced", name);
	show_number(field, p->is_enforced);
	snprintf(field, sizeof(field), "%s.event_id", name);
	show_number(field, p->event_id);
	snprintf(field, sizeof(field), "%s.status", name);
	if (p->has_status)
		show_number(field, p->status);
}

#define TEXT(member)                                                                               \
	{                                                                                          \
#member, offsetof(struct samba_line, member)                                       \
	}

static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	TEXT(status_name),
	TEXT(service),
	TEXT(description),
	TEXT(client_domain),
	TEXT(client_account),
	TEXT(workstation),
	TEXT(became_account),
	TEXT(became_domain),
	TEXT(became_sid),
	TEXT(mapped_account),
	TEXT(mapped_domain),
	TEXT(computer),
	TEXT(trust_account),
	TEXT(trust_sid),
	TEXT(password_type),
	TEXT(auth_type),
	TEXT(domain),
	TEXT(account),
	TEXT(sid),
	TEXT(session_id),
	TEXT(logon_server),
	TEXT(protection),
	TEXT(process),
	TEXT(host),
	TEXT(program),
};

static void show(const struct samba_line *l)
{
	printf("type %s\nkind %s\npassword %s\n", samba_type_name(l->type),
	       samba_kind_name(l->kind), samba_password_name(l->password));
	if (l->has_time)
		printf("time %" PRId64 "\n", l->time);
	if (l->has_status)
		show_number("status", l->status);
	if (l->has_duration)
		show_number("duration", l->duration);
	show_number("major", l->major);
	show_number("minor", l->minor);
	show_number("event_id", l->event_id);
	show_number("logon_type", l->logon_type);
	show_number("logon_id", l->logon_id);
	show_number("negotiate_flags", l->negotiate_flags);
	show_number("channel_type", l->channel_type);
	show_number("account_flags", l->account_flags);
	show_number("process_id", l->process_id);
	show_number("program_id", l->program_id);
	show_number("wrapping", l->wrapping);
	show_number("is_ntlm", samba_line_is_ntlm(l));
	show_address("local", &l->local);
	show_address("remote", &l->remote);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		show_text(texts[i].name, *(const struct span *)(const void *)((const uint8_t *)l +
									      texts[i].offset));
	show_policy("client_policy", &l->client_policy);
	show_policy("server_policy", &l->server_policy);
}

static void show_lines(FILE *in)
{
	char *bytes = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&bytes, &size, in)) > 0) {
		struct samba_line line;
		size_t len = (size_t)n - (bytes[n - 1] == '\n');
		int rc = samba_line_decode(span_make(bytes, len), &scratch, &line);

		printf("rc %d\n", rc);
		if (rc == 0)
			show(&line);
		else if (rc == -EBADMSG)
			printf("why %s\nwhy_pos %zu\n", scratch.why, scratch.why_pos);
		putchar('\n');
	}
	free(bytes);
}

static int time_lines(const char *path, int times)
{
	FILE *in = fopen(path, "re");
	char *all = NULL;
	size_t size = 0;
	ssize_t len = in ? getdelim(&all, &size, '\0', in) : -1;
	uint64_t lines = 0, good = 0;
	int64_t start = clock_monotonic();

	if (in)
		fclose(in);
	if (len <= 0)
		return 1;
	for (int i = 0; i < times; i++) {
		struct span rest = span_make(all, (size_t)len);

		while (rest.len) {
			const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
			struct span text =
				span_head(rest, end ? (size_t)(end - rest.ptr) : rest.len);
			struct samba_line line;

			good += samba_line_decode(text, &scratch, &line) == 0;
			lines++;
			rest = span_from(rest, text.len + 1);
		}
	}
	printf("%" PRIu64 " lines, %" PRIu64 " of Samba's, %zu bytes, %" PRId64 " ns\n", lines,
	       good, (size_t)len * (size_t)times, clock_monotonic() - start);
	free(all);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "time") == 0)
		return time_lines(argv[2], argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1);
	show_lines(stdin);
	return 0;
}
