/* What a capture on this machine's own network can't see: other network namespaces, and what TLS hides. */
#include "cmd/doctor.h"

#include "host/cgroup.h"
#include "policy/lines.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NAMESPACES_MAX 256
#define NAMED 8 /* namespaces that are told; the others are counted */
#define LINK_SIZE 64
#define PROC_FILE_MAX ((size_t)1 << 20)

/* ---- other namespaces ---- */

struct network {
	char link[LINK_SIZE]; /* "net:[4026531833]" */
	unsigned pid;	      /* of the first process in it */
	size_t processes;
};

struct networks {
	char own[LINK_SIZE];
	struct network list[NAMESPACES_MAX];
	size_t n;
	size_t unread; /* processes that are not ours to see */
};

static int read_link(const struct doctor *d, const char *pid, char link[LINK_SIZE])
{
	char path[PATH_MAX], name[128];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%s/ns/net", pid);
	if (!doctor_path(d, path, sizeof(path), name))
		return -ENAMETOOLONG;
	n = readlink(path, link, LINK_SIZE - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	return 0;
}

static void add_process(struct networks *all, const char *pid, const char *link)
{
	size_t i = 0;

	if (strcmp(link, all->own) == 0)
		return;
	while (i < all->n && strcmp(all->list[i].link, link) != 0)
		i++;
	if (i == NAMESPACES_MAX)
		return;
	if (i == all->n) {
		struct network *network = &all->list[all->n++];

		*network = (struct network){.pid = (unsigned)strtoul(pid, NULL, 10)};
		snprintf(network->link, sizeof(network->link), "%s", link);
	}
	all->list[i].processes++;
}

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

static int find_networks(const struct doctor *d, struct networks *all)
{
	char path[PATH_MAX], link[LINK_SIZE];
	struct dirent *entry;
	DIR *dir;
	int rc = read_link(d, "self", all->own);

	if (rc < 0 || !doctor_path(d, path, sizeof(path), "/proc"))
		return rc < 0 ? rc : -ENAMETOOLONG;
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (!is_number(entry->d_name))
			continue;
		rc = read_link(d, entry->d_name, link);
		if (rc == 0)
			add_process(all, entry->d_name, link);
		all->unread += rc == -EACCES || rc == -EPERM;
	}
	closedir(dir);
	return 0;
}

static int read_of(const struct doctor *d, unsigned pid, const char *file, struct text *ret_text)
{
	char name[128];

	snprintf(name, sizeof(name), "/proc/%u/%s", pid, file);
	return doctor_read(d, name, PROC_FILE_MAX, ret_text);
}

/* Names of its interfaces but for lo, which leads nowhere. False: it has none, so nothing can be missed there. */
static bool put_interfaces(const struct doctor *d, const struct network *network, struct text *out)
{
	struct text text;
	struct lines lines;
	struct span line;
	bool any = false;

	if (read_of(d, network->pid, "net/dev", &text) < 0)
		return false;
	lines = lines_of(span_make(text.ptr, text.len));
	while (lines_next(&lines, &line)) {
		const uint8_t *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
		struct span name = span_head(line, colon ? (size_t)(colon - line.ptr) : 0);

		if (!colon || span_equal(name, span_str("lo")))
			continue;
		text_puts(out, any ? ", " : "");
		text_add(out, name.ptr, name.len);
		any = true;
	}
	text_finish(&text);
	return any;
}

/* "container 0123abcd", "unit apache2.service", or nothing. */
static void put_place(const struct doctor *d, const struct network *network, struct text *out)
{
	struct cgroup_place place = {0};
	struct text text;

	if (read_of(d, network->pid, "cgroup", &text) < 0)
		return;
	cgroup_place_of_file(text.ptr, &place);
	if (*place.container)
		text_printf(out, ", container %.24s", place.container);
	else if (*place.unit)
		text_printf(out, ", unit %s", place.unit);
	text_finish(&text);
}

static void put_name(const struct doctor *d, const struct network *network, struct text *out)
{
	struct text name;

	if (read_of(d, network->pid, "comm", &name) < 0)
		return;
	text_puts(out, " (");
	text_add(out, name.ptr, strcspn(name.ptr, "\n"));
	text_putc(out, ')');
	text_finish(&name);
}

static bool tell_network(const struct doctor *d, struct checkup *c, const struct network *network)
{
	struct text interfaces, who;
	bool any;

	text_init(&interfaces, 1024);
	text_init(&who, 1024);
	any = put_interfaces(d, network, &interfaces);
	if (any) {
		put_name(d, network, &who);
		put_place(d, network, &who);
		remark(c, VERDICT_WARNING,
		       "%zu process%s in another network, whose interfaces (%s) are out of sight: "
		       "PID %u%s",
		       network->processes, network->processes == 1 ? "" : "es",
		       interfaces.ptr ? interfaces.ptr : "", network->pid, who.ptr ? who.ptr : "");
		cure(c, "nsenter -t %u -n ntlmaudit watch --store", network->pid);
	}
	text_finish(&interfaces);
	text_finish(&who);
	return any;
}

/* Our own decoder lives in an empty network: that has no interface, and so is not told. */
void check_namespaces(struct doctor *d, struct checkup *c)
{
	struct networks all = {.n = 0};
	size_t told = 0;
	int rc = find_networks(d, &all);

	if (rc < 0) {
		remark(c, VERDICT_SKIPPED, "/proc can't be read: %s", strerror(-rc));
		return;
	}
	for (size_t i = 0; i < all.n && told < NAMED; i++)
		told += tell_network(d, c, &all.list[i]);
	if (told == NAMED && all.n > NAMED)
		remark(c, VERDICT_WARNING, "and others: %zu networks beside this one in all",
		       all.n);
	if (all.unread)
		(void)doctor_needs_root(d, c);
}

/* ---- TLS ---- */

static const struct {
	uint16_t port;
	const char *what;
} tls_ports[] = {
	{443, "HTTPS"}, {465, "SMTPS"},	 {563, "NNTPS"},       {636, "LDAPS"},
	{993, "IMAPS"}, {995, "POP3S"},	 {3269, "LDAPS (GC)"}, {3389, "RDP"},
	{5061, "SIPS"}, {5986, "WinRM"}, {8443, "HTTPS"},
};

#define N_TLS (sizeof(tls_ports) / sizeof(tls_ports[0]))
#define TCP_LISTEN 0x0a

/* The hexadecimal number behind the next colon; *at goes behind it, or is NULL where there is no colon. */
static unsigned take_hex(const char **at)
{
	const char *colon = *at ? strchr(*at, ':') : NULL;
	char *end = NULL;
	unsigned long n = colon ? strtoul(colon + 1, &end, 16) : 0;

	*at = end;
	return (unsigned)n;
}

/* A line of /proc/net/tcp: "0: 00000000:01BB 00000000:0000 0A ...". The port that it listens on, or 0. */
static unsigned listens_on(struct span line)
{
	char copy[160];
	const char *at = copy;
	unsigned port;

	line = span_head(line, sizeof(copy) - 1);
	memcpy(copy, line.ptr, line.len);
	copy[line.len] = '\0';
	take_hex(&at); /* the address */
	port = take_hex(&at);
	take_hex(&at); /* the other's port */
	return at && strtoul(at, NULL, 16) == TCP_LISTEN ? port : 0;
}

static void mark_listeners(const struct doctor *d, const char *path, bool seen[N_TLS])
{
	struct text text;
	struct lines lines;
	struct span line;

	if (doctor_read(d, path, PROC_FILE_MAX, &text) < 0)
		return;
	lines = lines_of(span_make(text.ptr, text.len));
	while (lines_next(&lines, &line)) {
		unsigned port = listens_on(line);

		for (size_t i = 0; i < N_TLS; i++)
			seen[i] |= port == tls_ports[i].port;
	}
	text_finish(&text);
}

/* A hint and no warning: TLS is as it should be, but who looks for NTLM has to know where not to find it. */
void check_tls(struct doctor *d, struct checkup *c)
{
	bool seen[N_TLS] = {false};
	struct text list;

	mark_listeners(d, "/proc/self/net/tcp", seen);
	mark_listeners(d, "/proc/self/net/tcp6", seen);
	text_init(&list, 0);
	for (size_t i = 0; i < N_TLS; i++)
		if (seen[i])
			text_printf(&list, "%s%s on port %u", list.len ? ", " : "",
				    tls_ports[i].what, tls_ports[i].port);
	if (list.len) {
		remark(c, VERDICT_OK, "NTLM inside TLS can't be seen from the wire: %s", list.ptr);
		cure(c, "look at what those servers log themselves");
	}
	text_finish(&list);
}
