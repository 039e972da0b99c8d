/*
 * What a log tells about the machine that wrote it, and about others. Nothing is guessed: a fact is taken only from lines that
 * can't say it of another machine (host.c has the rule of each), and what smb.conf says goes before.
 */
#ifndef NTLMAUDIT_SAMBA_HOST_H
#define NTLMAUDIT_SAMBA_HOST_H

#include "samba/line.h"
#include "samba/smb-conf.h"

#define SAMBA_NAME_MAX 256
#define SAMBA_HOST_ADDRESSES 16
#define SAMBA_SCAN_MAX ((uint64_t)8 << 20)

enum samba_role { SAMBA_ROLE_UNKNOWN, SAMBA_ROLE_DC, SAMBA_ROLE_MEMBER };

/* "" is what is not known. Of the caller's memory, zeroed to begin with; nothing to free. */
struct samba_host {
	enum samba_role role;
	char name[SAMBA_NAME_MAX];	 /* NetBIOS: "DC1" */
	char dns_name[SAMBA_NAME_MAX];	 /* "dc1.corp.example" */
	char domain[SAMBA_NAME_MAX];	 /* NetBIOS: "CORP" */
	char dns_domain[SAMBA_NAME_MAX]; /* "corp.example" */
	char domain_sid
		[SAMBA_NAME_MAX]; /* "S-1-5-21-1-2-3": what tells own accounts from a trusted domain's */
	char written_by[SAMBA_NAME_MAX]; /* the host name of syslog or the journal */
	bool is_configured;		 /* smb.conf said domain, name and role */
	uint8_t addresses[SAMBA_HOST_ADDRESSES]
			 [16]; /* own, as samba_address.ip; never of loopback */
	size_t n_addresses;
	uint64_t lines; /* that were fed */
	uint64_t first,
		last; /* the number, from 1, of the first and the last line of another host name than written_by: 0: none */
};

/* Learns from a line. */
void samba_host_feed(struct samba_host *host, const struct samba_line *line);
/* Takes what smb.conf says. `hostname`: of uname(2), since the NetBIOS name defaults to it; NULL where the file is another machine's. */
void samba_host_configure(struct samba_host *host, const struct smb_conf *conf,
			  const char *hostname);

bool samba_host_has_address(const struct samba_host *host, const uint8_t ip[16]);

/* Machines that logs speak of: netlogonComputer at remoteAddress. */
struct samba_peer {
	uint8_t ip[16];
	char name[16]; /* NetBIOS; "" */
	char dns_domain
		[SAMBA_NAME_MAX]; /* of a trust's account: the domain that this machine is a DC of; "" */
	bool is_dc;
};

struct samba_peers;

/* NULL: no memory. Holds at most SAMBA_PEERS_MAX; more are counted. */
#define SAMBA_PEERS_MAX 4096
struct samba_peers *samba_peers_new(void);
void samba_peers_free(struct samba_peers *peers);
/* Learns from a line of any log. 0, or -ENOMEM, -ENOSPC. */
int samba_peers_feed(struct samba_peers *peers, const struct samba_line *line);
/* NULL: not known. Valid until the next feed. */
const struct samba_peer *samba_peers_find(const struct samba_peers *peers, const uint8_t ip[16]);
/* Gives a host, by its addresses, the name and the domain that other logs know it by, where it has none. */
void samba_peers_name(const struct samba_peers *peers, struct samba_host *host);

/*
 * Reads at most `max` bytes of a regular file from its start, feeds their lines to host and peers (may be NULL), and sets the
 * file back to where it stood. 0; -ESPIPE where the file is not regular: read it and feed; -ENODATA: no line of Samba's was there; or
 * what the system says.
 */
int samba_host_scan(int fd, uint64_t max, struct samba_host *host, struct samba_peers *peers)
	__attribute__((warn_unused_result));

#endif
