/*
 * Machines that domain controllers' logs speak of: netlogonComputer at remoteAddress. So the log of one DC names another: dc2's line of
 * a trust names DC1 at 10.77.0.10, thus the log whose localAddress is 10.77.0.10 is DC1's.
 */
#ifndef NTLMAUDIT_SAMBA_PEERS_H
#define NTLMAUDIT_SAMBA_PEERS_H

#include "samba/line.h"

#define SAMBA_NAME_MAX 256
#define SAMBA_PEERS_MAX 4096

struct samba_peer {
	uint8_t ip[16]; /* as samba_address.ip */
	char name[64];	/* NetBIOS: "DC1"; "": not said */
	char dns_domain
		[SAMBA_NAME_MAX]; /* of a trust: the domain that this machine is a DC of; "" */
	bool is_dc;		  /* by the kind of its secure channel */
};

struct samba_peers;

/* NULL: no memory. */
struct samba_peers *samba_peers_new(void);
void samba_peers_free(struct samba_peers *peers);

/*
 * Learns from a line of any log: SamLogon, and ServerAuthenticate that succeeded. 0; -ENOMEM; -ENOSPC: SAMBA_PEERS_MAX are there. The
 * latest line of an address counts.
 */
int samba_peers_feed(struct samba_peers *peers, const struct samba_line *line);

/* NULL: not known. Valid until the next feed. */
const struct samba_peer *samba_peers_find(const struct samba_peers *peers, const uint8_t ip[16]);

#endif
