/*
 * What a log tells about the machine that wrote it. Nothing is guessed: a fact is taken only from lines that can't say it of another
 * machine (host.c has the rule of each), the first of a kind stays, and what smb.conf says goes before.
 */
#ifndef NTLMAUDIT_SAMBA_HOST_H
#define NTLMAUDIT_SAMBA_HOST_H

#include "samba/line.h"
#include "samba/peers.h"
#include "samba/smb-conf.h"

#define SAMBA_HOST_ADDRESSES 16
#define SAMBA_HOSTS_MAX 256
/* Enough of a log to have seen the like of every line in it. */
#define SAMBA_SCAN_MAX ((uint64_t)8 << 20)

enum samba_role { SAMBA_ROLE_UNKNOWN, SAMBA_ROLE_MEMBER, SAMBA_ROLE_DC };

/* "" is what is not known. Zeroed to begin with; nothing to free. */
struct samba_host {
	char written_by
		[SAMBA_NAME_MAX];  /* the host name of syslog or the journal; "": lines without */
	enum samba_role role;	   /* MEMBER may become DC by later lines, never back */
	char name[SAMBA_NAME_MAX]; /* NetBIOS: "DC1" */
	char dns_name[SAMBA_NAME_MAX];	 /* "dc1.corp.example" */
	char domain[SAMBA_NAME_MAX];	 /* NetBIOS: "CORP" */
	char dns_domain[SAMBA_NAME_MAX]; /* "corp.example" */
	char domain_sid
		[SAMBA_NAME_MAX]; /* "S-1-5-21-1-2-3": tells own accounts from a trusted domain's */
	uint8_t addresses[SAMBA_HOST_ADDRESSES]
			 [16]; /* own, as samba_address.ip; never of loopback */
	size_t n_addresses;
	uint64_t lines; /* that were learned from */
};

/* Learns from a line of this machine's (the caller knows: bare lines of one file, or by line->host). */
void samba_host_feed(struct samba_host *host, const struct samba_line *line);

/*
 * Takes what smb.conf says; to be called first. `hostname`: of uname(2), to which the NetBIOS name defaults; NULL where the file is
 * another machine's.
 */
void samba_host_configure(struct samba_host *host, const struct smb_conf *conf,
			  const char *hostname);

bool samba_host_has_address(const struct samba_host *host, const uint8_t ip[16]);

/* Is the SID one of this host's domain? False also where that is not known. */
bool samba_host_is_own_sid(const struct samba_host *host, struct span sid);

/* Gives the host, by its addresses, the name and the domain that other logs know it by, where it has none. */
void samba_host_ask(struct samba_host *host, const struct samba_peers *peers);

/* All machines whose lines a file holds: one, or as many as send their syslog there. Zeroed to begin with. */
struct samba_hosts {
	struct samba_host *rows;
	size_t n, cap;
	uint64_t left_out; /* lines of machines beyond SAMBA_HOSTS_MAX */
};

void samba_hosts_finish(struct samba_hosts *hosts);
/* The row of who wrote the line (line->host), made where it is new. NULL: no memory, or too many. Valid until the next call. */
struct samba_host *samba_hosts_of(struct samba_hosts *hosts, struct span written_by);

/*
 * Reads at most `max` bytes of a regular file from its start without moving its offset, and feeds the lines to hosts and peers (may be
 * NULL). 0; -ESPIPE where the file is not regular; -ENODATA: no line of Samba's was there; -ENOMEM; or what the system says.
 */
int samba_hosts_scan(int fd, uint64_t max, struct samba_hosts *hosts, struct samba_peers *peers)
	__attribute__((warn_unused_result));

#endif
