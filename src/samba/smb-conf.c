#include "samba/smb-conf.h"

#include "base/lines.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 20)
#define DEPTH_MAX 8
#define INCLUDES_MAX 64 /* a file that includes itself twice is read for ever */
#define LINE_MAX_BYTES 4096

struct conf_reading {
	const struct smb_conf_files *files;
	struct smb_conf *conf;
	bool is_global;
	int depth, included;
};

static const struct {
	const char *name; /* without blanks */
	size_t offset;
} parameters[] = {
	{"loglevel", offsetof(struct smb_conf, log_level)},
	{"debuglevel", offsetof(struct smb_conf, log_level)},
	{"serverrole", offsetof(struct smb_conf, server_role)},
	{"domainlogons", offsetof(struct smb_conf, domain_logons)},
	{"logfile", offsetof(struct smb_conf, log_file)},
	{"netbiosname", offsetof(struct smb_conf, netbios_name)},
	{"workgroup", offsetof(struct smb_conf, workgroup)},
	{"realm", offsetof(struct smb_conf, realm)},
	{"security", offsetof(struct smb_conf, security)},
	{"privatedir", offsetof(struct smb_conf, private_dir)},
	{"privatedirectory", offsetof(struct smb_conf, private_dir)},
};

static void read_file(struct conf_reading *r, const char *path);

/* "Log Level" as "loglevel". */
static void fold(struct span name, char out[64])
{
	size_t n = 0;

	for (size_t i = 0; i < name.len && n < 63; i++)
		if (!isspace(name.ptr[i]))
			out[n++] = (char)tolower(name.ptr[i]);
	out[n] = '\0';
}

static void copy(struct span value, char out[SMB_VALUE_MAX])
{
	if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
		value = span_make(value.ptr + 1, value.len - 2);
	value = span_head(value, SMB_VALUE_MAX - 1);
	memcpy(out, value.ptr, value.len);
	out[value.len] = '\0';
}

static void include(struct conf_reading *r, struct span value)
{
	char path[SMB_VALUE_MAX];

	copy(value, path);
	if (strcmp(path, "registry") == 0 || strchr(path, '%') || path[0] != '/' ||
	    r->depth == DEPTH_MAX || r->included == INCLUDES_MAX) {
		r->conf->is_partial = true;
		return;
	}
	r->depth++;
	r->included++;
	read_file(r, path);
	r->depth--;
}

static void take_parameter(struct conf_reading *r, struct span name, struct span value)
{
	char folded[64];

	fold(name, folded);
	if (strcmp(folded, "include") == 0) {
		include(r, value);
		return;
	}
	if (!r->is_global)
		return;
	if (strcmp(folded, "configbackend") == 0 || strcmp(folded, "configfile") == 0)
		r->conf->is_partial = true;
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (strcmp(folded, parameters[i].name) == 0)
			copy(value, (char *)r->conf + parameters[i].offset);
}

static void take_line(struct conf_reading *r, struct span line)
{
	struct span name, value;
	char folded[64];

	if (line.ptr[0] == '[') {
		fold(span_make(line.ptr + 1, line.len - 1), folded);
		r->is_global = strcmp(folded, "global]") == 0 || strcmp(folded, "globals]") == 0;
	} else if (line_split(line, &name, &value)) {
		take_parameter(r, name, value);
	}
}

/* A line that ends in a backslash goes on in the next. */
static void read_lines(struct conf_reading *r, struct span text)
{
	struct lines lines = lines_of(text);
	char joined[LINE_MAX_BYTES];
	struct span line;
	size_t n = 0;

	while (lines_next(&lines, &line)) {
		bool goes_on = line.len && line.ptr[line.len - 1] == '\\';

		if (n == 0 && (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';'))
			continue;
		line = span_head(line, line.len - goes_on);
		line = span_head(line, sizeof(joined) - n);
		memcpy(joined + n, line.ptr, line.len);
		n += line.len;
		if (goes_on)
			continue;
		if (n)
			take_line(r, span_trim(span_make(joined, n)));
		n = 0;
	}
}

static void read_file(struct conf_reading *r, const char *path)
{
	struct text text;
	int rc = r->files->read(r->files->data, path, FILE_MAX, &text);

	if (r->depth == 0) {
		r->conf->is_there = rc != -ENOENT && rc != -ENOTDIR;
		r->conf->error = r->conf->is_there ? rc : 0;
	} else if (rc < 0) {
		r->conf->is_partial = true;
	}
	if (rc < 0)
		return;
	read_lines(r, span_make(text.ptr, text.len));
	text_finish(&text);
}

void smb_conf_read(const struct smb_conf_files *files, const char *path, struct smb_conf *ret_conf)
{
	struct conf_reading r = {.files = files, .conf = ret_conf, .is_global = true};

	*ret_conf = (struct smb_conf){0};
	read_file(&r, path);
}

/* One byte more than is allowed tells that there are more. */
static int read_system(const void *data, const char *path, size_t max, struct text *ret_text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc = 0;
	char bytes[4096];
	ssize_t n;

	(void)data;
	if (fd < 0)
		return -errno;
	text_init(ret_text, max + 1);
	text_add(ret_text, "", 0); /* so that ptr is not NULL */
	while ((n = read(fd, bytes, sizeof(bytes))) > 0 && !ret_text->failed)
		text_add(ret_text, bytes, (size_t)n);
	if (n < 0)
		rc = -errno;
	close(fd);
	if (rc == 0 && ret_text->failed)
		rc = ret_text->len + (size_t)n > max ? -EFBIG : -ENOMEM;
	if (rc < 0)
		text_finish(ret_text);
	return rc;
}

const struct smb_conf_files smb_conf_system = {.read = read_system};

static bool is_one_of(const char *value, const char *const *words)
{
	char folded[64];

	fold(span_str(value), folded);
	while (*words && strcmp(folded, *words) != 0)
		words++;
	return *words != NULL;
}

bool smb_conf_is_dc(const struct smb_conf *conf)
{
	static const char *const dc[] = {"activedirectorydomaincontroller",
					 "domaincontroller",
					 "dc",
					 "classicprimarydomaincontroller",
					 "classicbackupdomaincontroller",
					 "primarydomaincontroller",
					 "backupdomaincontroller",
					 "primary",
					 "pdc",
					 "backup",
					 "bdc",
					 NULL};
	static const char *const yes[] = {"yes", "true", "1", "on", NULL};
	static const char *const automatic[] = {"", "auto", NULL};

	return is_one_of(conf->server_role, dc) ||
	       (is_one_of(conf->server_role, automatic) && is_one_of(conf->domain_logons, yes));
}

bool smb_conf_is_member(const struct smb_conf *conf)
{
	static const char *const member[] = {"memberserver", "member", NULL};
	static const char *const automatic[] = {"", "auto", NULL};
	static const char *const joined[] = {"ads", "domain", NULL};

	return is_one_of(conf->server_role, member) ||
	       (is_one_of(conf->server_role, automatic) && is_one_of(conf->security, joined));
}

/* ---- log level ---- */

static void add_other(struct smb_audit *a, const char *word)
{
	size_t len = strlen(a->others);

	snprintf(a->others + len, sizeof(a->others) - len, "%s%s", len ? " " : "", word);
}

/* "5", "auth_json_audit:5", "auth_json_audit:5@/var/log/samba/auth_json.log". */
static void take_class(struct smb_audit *a, const char *word)
{
	const char *colon = strchr(word, ':');
	size_t name = colon ? (size_t)(colon - word) : strlen(word);
	const char *level = colon ? colon + 1 : word, *at = strchr(level, '@');

	if (!colon || (name == 3 && strncmp(word, "all", 3) == 0)) {
		add_other(a, word);
		if (!a->is_set)
			a->level = (unsigned)strtoul(level, NULL, 10);
		return;
	}
	if (name != strlen(SMB_AUDIT_CLASS) || strncmp(word, SMB_AUDIT_CLASS, name) != 0) {
		add_other(a, word);
		return;
	}
	a->is_set = true;
	a->level = (unsigned)strtoul(level, NULL, 10);
	snprintf(a->file, sizeof(a->file), "%s", at ? at + 1 : "");
}

void smb_audit_of(const char *log_level, struct smb_audit *ret_audit)
{
	char words[SMB_VALUE_MAX], *left = words, *word;

	*ret_audit = (struct smb_audit){0};
	snprintf(words, sizeof(words), "%s", log_level);
	while ((word = strsep(&left, " \t,")))
		if (*word)
			take_class(ret_audit, word);
}
