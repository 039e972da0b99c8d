#include "host/name.h"

#include "host/proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define FILE_BYTES 65536
#define BLANK " \t\r"

/* The next word of a line that ends at `end`, moving on; false at its end or at a comment. */
static bool next_word(const char **at, const char *end, struct span *ret_word)
{
	*at += strspn(*at, BLANK);
	if (*at >= end || **at == '#' || **at == ';')
		return false;
	*ret_word = span_make(*at, strcspn(*at, BLANK "#\n"));
	*at += ret_word->len;
	return ret_word->len > 0;
}

static bool is_word(struct span word, const char *s)
{
	return word.len == strlen(s) && strncasecmp((const char *)word.ptr, s, word.len) == 0;
}

/* Does a word say `given`, a dot and more? */
static bool is_full_name(struct span word, const char *given)
{
	size_t n = strlen(given);

	return word.len > n + 1 && strncasecmp((const char *)word.ptr, given, n) == 0 &&
	       word.ptr[n] == '.';
}

/* A line of /etc/hosts: address, name, other names. The name in full, where it tells of `given`. */
static bool full_name_in(const char *line, const char *end, const char *given,
			 struct span *ret_name)
{
	struct span word, full = {0};
	bool ours = false;

	if (!next_word(&line, end, &word))
		return false;
	while (next_word(&line, end, &word)) {
		ours |= is_word(word, given) || is_full_name(word, given);
		if (!full.len && is_full_name(word, given))
			full = word;
	}
	if (!ours || !full.len)
		return false;
	*ret_name = full;
	return true;
}

static bool name_of_hosts(const char *text, const char *given, struct span *ret_name)
{
	while (text && *text) {
		const char *end = text + strcspn(text, "\n");

		if (full_name_in(text, end, given, ret_name))
			return true;
		text = *end ? end + 1 : NULL;
	}
	return false;
}

static bool domain_of_resolv(const char *text, struct span *ret_domain)
{
	while (text && *text) {
		const char *end = text + strcspn(text, "\n");
		struct span word;

		if (next_word(&text, end, &word) && is_word(word, "domain") &&
		    next_word(&text, end, ret_domain))
			return true;
		text = *end ? end + 1 : NULL;
	}
	return false;
}

void host_name_from(const char *given, const char *hosts, const char *resolv, char *name,
		    size_t size)
{
	struct span found;

	if (!strchr(given, '.') && name_of_hosts(hosts, given, &found))
		snprintf(name, size, "%.*s", (int)found.len, (const char *)found.ptr);
	else if (!strchr(given, '.') && domain_of_resolv(resolv, &found))
		snprintf(name, size, "%s.%.*s", given, (int)found.len, (const char *)found.ptr);
	else
		snprintf(name, size, "%s", given);
}

void host_name_read(char *name, size_t size)
{
	static char hosts[FILE_BYTES], resolv[FILE_BYTES]; /* too large for a stack */
	char given[256] = "localhost";

	if (gethostname(given, sizeof(given) - 1) < 0)
		given[0] = '\0';
	given[sizeof(given) - 1] = '\0';
	proc_read_file(AT_FDCWD, "/etc/hosts", hosts, sizeof(hosts));
	proc_read_file(AT_FDCWD, "/etc/resolv.conf", resolv, sizeof(resolv));
	host_name_from(given, hosts, resolv, name, size);
}
