/*
 * Samba's own log of authentications (auth_json_audit): what it says of a logon no capture can, above all where TLS or
 * encryption hide it. Its levels: 2 failures, 3 and successes, 4 and authorizations, 5 and anonymous ones.
 */
#include "base/lines.h"
#include "cmd/doctor.h"
#include "samba/smb-conf.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEVEL_ALL 5
#define LEVEL_SUCCESSES 3
#define DEFAULT_FILE "/var/log/samba/auth_json.log"
#define TAIL_BYTES 65536

static const char *const servers[] = {"/usr/sbin/smbd", "/usr/sbin/samba",
				      "/usr/local/samba/sbin/smbd", "/usr/local/sbin/smbd",
				      "/sbin/smbd"};

static bool has_server(const struct doctor *d)
{
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
		if (doctor_exists(d, servers[i]))
			return true;
	return false;
}

static int read_below_root(const void *data, const char *path, size_t max, struct text *ret_text)
{
	return doctor_read(data, path, max, ret_text);
}

static void read_conf(const struct doctor *d, struct smb_conf *ret_conf)
{
	const struct smb_conf_files files = {.read = read_below_root, .data = d};

	smb_conf_read(&files, SMB_CONF, ret_conf);
}

bool doctor_is_dc(const struct doctor *d)
{
	struct smb_conf conf;

	read_conf(d, &conf);
	return has_server(d) && smb_conf_is_dc(&conf);
}

/* False: there is nothing to look at; why not is remarked. */
static bool read_samba(const struct doctor *d, struct checkup *c, struct smb_conf *ret_conf)
{
	read_conf(d, ret_conf);
	if (!has_server(d)) {
		remark(c, VERDICT_SKIPPED, "Samba is no server here");
	} else if (!ret_conf->is_there) {
		remark(c, VERDICT_SKIPPED, "Samba is not set up: there is no " SMB_CONF);
	} else if (ret_conf->error) {
		if (!doctor_needs_root(d, c))
			remark(c, VERDICT_ERROR, SMB_CONF ": %s", strerror(-ret_conf->error));
	} else {
		return true;
	}
	return false;
}

static void cure_level(struct checkup *c, const struct smb_audit *audit)
{
	cure(c, SMB_CONF ", [global]: log level = %s " SMB_AUDIT_CLASS ":%d@%s",
	     *audit->others ? audit->others : "1", LEVEL_ALL,
	     *audit->file ? audit->file : DEFAULT_FILE);
}

static void look_at_level(struct checkup *c, const struct smb_conf *conf)
{
	/* A server's own logons a capture sees, too; those that a domain controller is asked about it does not. */
	bool is_dc = smb_conf_is_dc(conf);
	enum verdict verdict = is_dc ? VERDICT_ERROR : VERDICT_WARNING;
	const char *who = is_dc ? "this domain controller" : "this server";
	struct smb_audit audit;

	smb_audit_of(conf->log_level, &audit);
	if (audit.level < LEVEL_SUCCESSES) {
		remark(c, verdict, "Samba on %s logs %s", who,
		       audit.level < LEVEL_SUCCESSES - 1 ? "no authentications"
							 : "only authentications that failed");
		cure_level(c, &audit);
	} else if (!*audit.file) {
		remark(c, verdict,
		       "Samba on %s logs authentications among all other lines, not in a file of "
		       "their own",
		       who);
		cure_level(c, &audit);
	} else if (audit.level < LEVEL_ALL) {
		remark(c, VERDICT_WARNING, "Samba on %s does not log null sessions: level %u", who,
		       audit.level);
		cure_level(c, &audit);
	}
}

void check_samba(struct doctor *d, struct checkup *c)
{
	struct smb_conf conf;

	if (!read_samba(d, c, &conf))
		return;
	look_at_level(c, &conf);
	if (!conf.is_partial)
		return;
	remark(c, VERDICT_SKIPPED,
	       "part of Samba's configuration lies in its registry or in files whose names have "
	       "macros, where this program does not look");
	cure(c, "smbcontrol all debuglevel");
}

/* ---- the file ---- */

/* Samba's JSON lines begin with blanks and a brace; a line that does not is of another log. */
static bool is_json_lines(struct span tail, bool from_start)
{
	struct lines lines = lines_of(tail);
	struct span line;

	if (!from_start)
		(void)lines_next(&lines, &line); /* cut off */
	while (lines_next(&lines, &line))
		if (line.len && line.ptr[0] != '{')
			return false;
	return true;
}

static bool read_tail(const char *path, off_t size, struct text *out)
{
	static char tail[TAIL_BYTES];
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return false;
	if (size > TAIL_BYTES && fseeko(f, size - TAIL_BYTES, SEEK_SET) < 0)
		size = 0;
	n = fread(tail, 1, sizeof(tail), f);
	fclose(f);
	text_add(out, tail, n);
	return true;
}

static void look_at_lines(struct doctor *d, struct checkup *c, const char *path,
			  const struct stat *st)
{
	struct text tail;

	text_init(&tail, 0);
	if (!read_tail(path, st->st_size, &tail)) {
		if (!doctor_needs_root(d, c))
			remark(c, VERDICT_ERROR, "%s: %s", path, strerror(errno));
	} else if (tail.len &&
		   !is_json_lines(span_make(tail.ptr, tail.len), st->st_size <= TAIL_BYTES)) {
		remark(c, VERDICT_WARNING,
		       "%s has lines that are not JSON: other logs go there, "
		       "too",
		       path);
		cure(c, SMB_CONF ", [global]: log level: give " SMB_AUDIT_CLASS
				 " a file that nothing else has");
	}
	text_finish(&tail);
}

static void look_at_file(struct doctor *d, struct checkup *c, const char *file)
{
	char path[PATH_MAX];
	struct stat st;

	if (!doctor_path(d, path, sizeof(path), file))
		return;
	if (stat(path, &st) < 0) {
		if (errno == EACCES && doctor_needs_root(d, c))
			return;
		remark(c, VERDICT_ERROR,
		       "%s is not there: Samba has not taken its setting yet, or "
		       "can't write there",
		       file);
		cure(c, "smbcontrol all reload-config");
	} else if (!S_ISREG(st.st_mode)) {
		remark(c, VERDICT_ERROR, "%s is no file", file);
	} else {
		look_at_lines(d, c, path, &st);
		if (st.st_mode & S_IWOTH) {
			remark(c, VERDICT_WARNING, "%s can be written to by everybody", file);
			cure(c, "chmod o-w %s", file);
		}
	}
}

void check_samba_log(struct doctor *d, struct checkup *c)
{
	struct smb_conf conf;
	struct smb_audit audit;

	if (!read_samba(d, c, &conf))
		return;
	smb_audit_of(conf.log_level, &audit);
	if (!*audit.file)
		remark(c, VERDICT_SKIPPED, "Samba is not told to write one: see above");
	else if (audit.file[0] != '/' || strchr(audit.file, '%'))
		remark(c, VERDICT_SKIPPED, "%s is not a plain path", audit.file);
	else
		look_at_file(d, c, audit.file);
}
