#include "samba/peers.h"

#include "base/hash.h"
#include "base/mem.h"
#include "samba/name.h"

#include <errno.h>

#define SLOTS ((size_t)2 * SAMBA_PEERS_MAX) /* a power of two, never more than half full */

struct samba_peers {
	struct hash_key key;
	struct samba_peer *rows;
	size_t n, cap;
	uint16_t slots[SLOTS]; /* a row's number plus 1; 0: free */
};

struct samba_peers *samba_peers_new(void)
{
	struct samba_peers *p = mem_zalloc(1, sizeof(*p));

	if (p)
		p->key = hash_key_random();
	return p;
}

void samba_peers_free(struct samba_peers *peers)
{
	if (peers)
		mem_free(peers->rows);
	mem_free(peers);
}

/* The slot of an address, or the free one where it would be. */
static size_t slot_of(const struct samba_peers *p, const uint8_t ip[16])
{
	size_t slot = hash_bytes(&p->key, span_make(ip, 16)) & (SLOTS - 1);

	while (p->slots[slot] && memcmp(p->rows[p->slots[slot] - 1].ip, ip, 16) != 0)
		slot = (slot + 1) & (SLOTS - 1);
	return slot;
}

static int grow(struct samba_peers *p)
{
	size_t cap = p->cap ? p->cap * 2 : 16;
	struct samba_peer *rows;

	if (p->n < p->cap)
		return 0;
	if (p->n == SAMBA_PEERS_MAX)
		return -ENOSPC;
	rows = mem_realloc(p->rows, cap * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	p->rows = rows;
	p->cap = cap;
	return 0;
}

static int find_or_add(struct samba_peers *p, const uint8_t ip[16], struct samba_peer **ret_peer)
{
	size_t slot = slot_of(p, ip);
	int rc = p->slots[slot] ? 0 : grow(p);

	if (rc < 0)
		return rc;
	if (!p->slots[slot]) {
		p->rows[p->n] = (struct samba_peer){0};
		memcpy(p->rows[p->n].ip, ip, 16);
		p->slots[slot] = (uint16_t)++p->n;
	}
	*ret_peer = &p->rows[p->slots[slot] - 1];
	return 0;
}

const struct samba_peer *samba_peers_find(const struct samba_peers *peers, const uint8_t ip[16])
{
	size_t slot = slot_of(peers, ip);

	return peers->slots[slot] ? &peers->rows[peers->slots[slot] - 1] : NULL;
}

/* [MS-NRPC] 2.2.1.3.13: trusts of both kinds, and domain controllers. */
static bool is_dc_channel(uint32_t type)
{
	return type == 3 || type == 4 || type == 6 || type == 7;
}

/* A name in the line of a channel that was not set up is only a claim. */
static bool is_proven(const struct samba_line *line)
{
	return line->kind == SAMBA_LINE_SAMLOGON_NETWORK ||
	       line->kind == SAMBA_LINE_SAMLOGON_INTERACTIVE ||
	       (line->kind == SAMBA_LINE_SERVER_AUTHENTICATE && line->has_status &&
		line->status == 0);
}

int samba_peers_feed(struct samba_peers *peers, const struct samba_line *line)
{
	struct samba_peer *peer = NULL;
	int rc;

	if (!is_proven(line) || !line->computer.len || line->remote.form == SAMBA_ADDRESS_NONE ||
	    line->remote.form == SAMBA_ADDRESS_UNIX)
		return 0;
	rc = find_or_add(peers, line->remote.ip, &peer);
	if (rc < 0)
		return rc;
	(void)!samba_name_copy(peer->name, sizeof(peer->name), line->computer);
	peer->is_dc = is_dc_channel(line->channel_type);
	/* "corp.example." is the account of a trust with a DNS name. */
	if (line->channel_type == 3 && line->trust_account.len > 1 &&
	    line->trust_account.ptr[line->trust_account.len - 1] == '.')
		(void)!samba_name_copy_lower(
			peer->dns_domain, sizeof(peer->dns_domain),
			span_head(line->trust_account, line->trust_account.len - 1));
	return 0;
}
