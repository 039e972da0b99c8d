/*
 * Samba's audit log as an input: its lines come among packets, in the order of time. What each log tells of its machine is gathered
 * before, so that its first line is read with what its last one says.
 */
#ifndef NTLMAUDIT_SOURCE_SAMBA_H
#define NTLMAUDIT_SOURCE_SAMBA_H

#include "samba/host.h"
#include "source/input.h"

/* What stands in struct packet's `line`. */
struct log_line {
	struct samba_line line; /* of no use where `why` is there */
	const char *why;	/* a literal: the line is malformed */
	size_t why_pos;
};

extern const struct input_ops input_samba;

/* Do these first bytes of a file begin Samba's log, or one of the journal that may hold it? */
bool samba_recognise(struct span head);

/* Is it of a logon by Kerberos that went well: at the domain controller, or at a server? Then whose. */
bool samba_kerberos(const struct samba_line *line, struct span *ret_user, struct span *ret_domain);

struct log_hosts; /* opaque */

/*
 * Looks over the logs among these files; borrows the names. `conf`: the configuration of the machine whose log it is, where it is
 * one; NULL: not known. 0 or -ENOMEM.
 */
int log_hosts_new(const char *const names[], size_t n, const struct smb_conf *conf,
		  struct log_hosts **ret_hosts) __attribute__((warn_unused_result));
/*
 * Logs whose lines come as they are written: none yet; NULL without memory. Each is added under a name, borrowed, with what is known of
 * its writer, which bare lines are of; adding one again begins anew. 0, -ENOMEM, -ENOSPC beyond LOG_HOSTS_LIVE_MAX.
 */
#define LOG_HOSTS_LIVE_MAX 16
struct log_hosts *log_hosts_live(void);
int log_hosts_add(struct log_hosts *hosts, const char *name, const struct samba_host *host)
	__attribute__((warn_unused_result));
void log_hosts_free(struct log_hosts *hosts);
/* Is one of the files a log of Samba's, as far as is known? Of a pipe its first line tells. */
bool log_hosts_any(const struct log_hosts *hosts);
/*
 * Whose line it is, of a file as it was named; valid until the next call. What could not be looked over before, a pipe, teaches as its
 * lines come.
 */
const struct samba_host *log_hosts_line(struct log_hosts *hosts, const char *name,
					const struct samba_line *line);

#endif
