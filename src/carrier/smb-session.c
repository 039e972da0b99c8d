/*
 * The SMB carrier's table of authentications. Several may be under way on one connection; a slot is
 * found by the request's MessageId until the response names the session, then by the session. Its
 * invariant: a slot keeps its index, and so its sightings their key, until it is the least recently
 * used of a full table.
 */
#include "carrier/smb.h"

#include "base/mem.h"
#include "base/utf.h"
#include "ntlm/ntlmssp.h"

#define SLOTS_FIRST 4
#define SLOTS_MAX 32
#define HOST_MAX 255 /* bytes of a host name in UTF-8 */

static const char *const dialect_names[] = {[SMB_DIALECT_1] = "SMB1", [SMB_DIALECT_2] = "SMB2"};

/* Does the slot belong to the message's session? 0 names one only between the rounds of SMB1. */
static bool slot_of_session(const struct smb_slot *slot, const struct smb_pdu *p)
{
	return slot->session == p->session && (p->session != 0 || slot->more);
}

static bool slot_awaits(const struct smb_slot *slot, const struct smb_pdu *p)
{
	return slot->waiting && slot->mid == p->mid;
}

static bool slot_answered_early(const struct smb_slot *slot, const struct smb_pdu *p)
{
	return slot->early && slot->mid == p->mid;
}

/* The most recently used slot of the message's dialect for which the test holds. */
static struct smb_slot *find(const struct smb_pdu *p,
			     bool (*test)(const struct smb_slot *, const struct smb_pdu *))
{
	struct smb *s = p->smb;
	struct smb_slot *best = NULL;

	for (size_t i = 0; i < s->n_slots; i++) {
		struct smb_slot *slot = &s->slots[i];

		if (slot->dialect == p->dialect && test(slot, p) &&
		    (!best || slot->used > best->used))
			best = slot;
	}
	return best;
}

static struct smb_slot *touch(struct smb *s, struct smb_slot *slot)
{
	if (slot)
		slot->used = ++s->clock;
	return slot;
}

/* Makes room for more slots; false where the table is full or memory ran out. */
static bool grow(struct smb *s, struct tally *tally)
{
	size_t n = s->n_slots ? (size_t)s->n_slots * 2 : SLOTS_FIRST;
	struct smb_slot *slots;

	if (n > SLOTS_MAX)
		return false;
	slots = mem_realloc(s->slots, n * sizeof(*slots));
	if (!slots) {
		tally_one(tally, TALLY_NO_MEMORY);
		return false;
	}
	memset(slots + s->n_slots, 0, (n - s->n_slots) * sizeof(*slots));
	s->slots = slots;
	s->n_slots = (uint8_t)n;
	return true;
}

/* One that nobody used, else the one that was done with, or left alone, the longest. */
static struct smb_slot *oldest(struct smb *s)
{
	struct smb_slot *best = s->slots;

	for (size_t i = 0; i < s->n_slots; i++) {
		struct smb_slot *slot = &s->slots[i];

		if (slot->open != best->open ? best->open : slot->used < best->used)
			best = slot;
	}
	return best;
}

static struct smb_slot *slot_new(const struct smb_pdu *p)
{
	struct smb *s = p->smb;
	struct smb_slot *slot = oldest(s);

	if ((!slot || slot->used) && grow(s, p->env->tally))
		slot = oldest(s);
	if (!slot)
		return NULL;
	if (slot->open)
		tally_one(p->env->tally, TALLY_CARRIER_LIMIT);
	*slot = (struct smb_slot){.dialect = (uint8_t)p->dialect, .session = p->session};
	return slot;
}

struct smb_slot *smb_session_find(const struct smb_pdu *p)
{
	return find(p, slot_of_session);
}

struct smb_slot *smb_session_request(const struct smb_pdu *p)
{
	struct smb_slot *slot = find(p, slot_of_session);

	if (!slot)
		slot = find(p, slot_answered_early);
	if (!slot)
		slot = slot_new(p);
	if (!slot)
		return NULL;
	slot->waiting = !slot->early || slot->mid != p->mid;
	slot->mid = p->mid;
	slot->early = false;
	slot->more = false;
	if (!slot->open)
		slot->targeted = false;
	slot->open = slot->waiting;
	return touch(p->smb, slot);
}

struct smb_slot *smb_session_response(const struct smb_pdu *p)
{
	struct smb_slot *slot = find(p, slot_awaits);
	bool paired = slot;

	if (!slot)
		slot = find(p, slot_of_session);
	if (!slot)
		slot = slot_new(p);
	if (!slot)
		return NULL;
	slot->waiting = false;
	slot->early = !paired;
	slot->mid = p->mid;
	slot->session = p->session;
	slot->more = p->status == NT_STATUS_MORE_PROCESSING_REQUIRED;
	return touch(p->smb, slot);
}

void smb_session_finish(struct smb *s)
{
	mem_free(s->slots);
	s->slots = NULL;
	s->n_slots = 0;
}

static uint64_t key_of(const struct smb_pdu *p, const struct smb_slot *slot)
{
	return (uint64_t)(slot - p->smb->slots);
}

void smb_tell_token(const struct smb_pdu *p, struct smb_slot *slot, struct span bytes)
{
	struct sighting_token t = {.dir = p->dir, .bytes = bytes};

	if (!slot || bytes.len == 0)
		return;
	t.key = key_of(p, slot);
	t.direct = ntlm_is_message(bytes);
	t.carrier = dialect_names[p->dialect];
	slot->told = true;
	p->env->ops->token(p->env->ctx, &t);
}

void smb_tell_classic(const struct smb_pdu *p, struct smb_slot *slot, struct sighting_classic *c)
{
	if (!slot)
		return;
	c->key = key_of(p, slot);
	c->dir = p->dir;
	c->carrier = dialect_names[p->dialect];
	slot->told = true;
	p->env->ops->classic(p->env->ctx, c);
}

void smb_tell_answer(const struct smb_pdu *p, struct smb_slot *slot, uint32_t status)
{
	struct sighting_answer a = {.dir = p->dir, .status = status};

	if (!slot)
		return;
	slot->open = false;
	/* a request that was seen and told nothing (a plain password) leaves nothing to answer */
	if (!slot->told && !slot->early)
		return;
	slot->told = false;
	a.key = key_of(p, slot);
	a.target_follows = status == NT_STATUS_OK && !slot->targeted;
	p->env->ops->answer(p->env->ctx, &a);
}

/* A path as UTF-8 up to the end of its host: what stands between the backslashes. */
static size_t host_of_path(struct span path, bool unicode, uint8_t ret[HOST_MAX])
{
	size_t n = 0;

	while (path.len) {
		uint8_t utf8[4];
		size_t len;
		uint32_t rune = unicode ? utf16le_next(&path) : oem_rune(*path.ptr);

		path = unicode ? path : span_from(path, 1);
		if (rune == 0 || (rune == '\\' && n))
			break;
		if (rune == '\\')
			continue;
		len = utf8_encode(rune, utf8);
		if (len > HOST_MAX - n)
			return 0;
		memcpy(ret + n, utf8, len);
		n += len;
	}
	return n;
}

void smb_tell_target(const struct smb_pdu *p, struct smb_slot *slot, struct span path, bool unicode)
{
	uint8_t host[HOST_MAX];
	struct sighting_target t = {.service = "cifs"};

	if (!slot || slot->targeted)
		return;
	t.host = span_make(host, host_of_path(path, unicode, host));
	if (t.host.len == 0)
		return;
	t.key = key_of(p, slot);
	slot->targeted = true;
	p->env->ops->target(p->env->ctx, &t);
}
