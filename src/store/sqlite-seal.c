/* Seals: an Ed25519 signature (RFC 8032) over the chain's end at some time. Made here, and compared while verifying. */
#include "store/verify.h"

#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/eddsa.h>

struct verified_seal {
	uint64_t record;
	uint8_t hash[DIGEST_SIZE];
	bool is_met; /* the chain was in this state */
};

struct verified_seals {
	struct verified_seal *seals; /* by record */
	size_t n, cap, next;
	uint8_t key[ED25519_KEY_SIZE];
};

static void put_u64le(uint8_t *out, uint64_t n)
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(n >> 8 * i);
}

void seal_message(uint64_t record, const uint8_t hash[DIGEST_SIZE], int64_t time,
		  uint8_t ret_message[SEAL_MESSAGE_SIZE])
{
	static const char heading[16] = "ntlmaudit seal 1";

	memcpy(ret_message, heading, sizeof(heading));
	put_u64le(ret_message + 16, record);
	memcpy(ret_message + 24, hash, DIGEST_SIZE);
	put_u64le(ret_message + 24 + DIGEST_SIZE, (uint64_t)time);
}

/* ---- sealing ---- */

static int seal_insert(struct sqlite *q, const uint8_t *key, const uint8_t *signature, int64_t time,
		       struct text *why)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, "INSERT INTO seal VALUES (NULL, ?1, ?2, ?3, ?4, ?5)", &st, why);

	if (rc < 0)
		return rc;
	sqlite3_bind_int64(st, 1, (int64_t)q->chain.record);
	bind_blob(st, 2, span_make(q->chain.hash, DIGEST_SIZE));
	sqlite3_bind_int64(st, 3, time);
	bind_blob(st, 4, span_make(key, ED25519_KEY_SIZE));
	bind_blob(st, 5, span_make(signature, ED25519_SIGNATURE_SIZE));
	rc = sqlite_run(q, st, why);
	sqlite3_finalize(st);
	return rc;
}

int sqlite_seal(struct store *s, const uint8_t private_key[32], int64_t now, struct text *why)
{
	struct sqlite *q = sqlite_of(s);
	uint8_t message[SEAL_MESSAGE_SIZE], key[ED25519_KEY_SIZE];
	uint8_t signature[ED25519_SIGNATURE_SIZE];
	int rc = writer_commit(q, why);

	if (rc == 0)
		rc = writer_begin(q, why);
	if (rc < 0)
		return rc;
	seal_message(q->chain.record, q->chain.hash, now, message);
	ed25519_sha512_public_key(key, private_key);
	ed25519_sha512_sign(key, private_key, sizeof(message), message, signature);
	rc = seal_insert(q, key, signature, now, why);
	if (rc < 0) {
		writer_rollback(q);
		return rc;
	}
	return writer_commit(q, why);
}

/* ---- verifying ---- */

static int keep(struct verified_seals *x, uint64_t record, struct span hash)
{
	size_t cap = x->cap ? x->cap * 2 : 64;
	struct verified_seal *grown;

	if (x->n == x->cap) {
		grown = mem_realloc(x->seals, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		x->seals = grown;
		x->cap = cap;
	}
	x->seals[x->n] = (struct verified_seal){.record = record};
	memcpy(x->seals[x->n++].hash, hash.ptr, DIGEST_SIZE);
	return 0;
}

static int check_seal(struct verifier *v, sqlite3_stmt *st)
{
	uint64_t record = (uint64_t)column_i64(st, 0);
	struct span hash = column_blob(st, 1), key = column_blob(st, 3);
	struct span signature = column_blob(st, 4);
	uint8_t message[SEAL_MESSAGE_SIZE];

	if (hash.len != DIGEST_SIZE || key.len != ED25519_KEY_SIZE ||
	    signature.len != ED25519_SIGNATURE_SIZE) {
		verifier_tell(v, FAULT_SEAL, record, "a seal is damaged");
		return 0;
	}
	seal_message(record, hash.ptr, column_i64(st, 2), message);
	if (!ed25519_sha512_verify(key.ptr, sizeof(message), message, signature.ptr))
		verifier_tell(v, FAULT_SEAL, record, "a seal's signature is false");
	if (v->seals->n == 0)
		memcpy(v->seals->key, key.ptr, key.len);
	else if (memcmp(v->seals->key, key.ptr, key.len) != 0)
		verifier_tell(v, FAULT_SEAL, record, "a seal has another key than the first");
	return keep(v->seals, record, hash);
}

int seals_load(struct verifier *v)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(
		v->q, "SELECT record, hash, time, key, signature FROM seal ORDER BY record, id",
		&st, v->why);

	if (rc < 0)
		return rc;
	v->seals = mem_zalloc(1, sizeof(*v->seals));
	if (!v->seals)
		rc = -ENOMEM;
	while (rc == 0 && (rc = sqlite_step(v->q, st, v->why)) > 0)
		rc = check_seal(v, st);
	sqlite3_finalize(st);
	return rc;
}

void seals_compare(struct verifier *v, const struct chain *state)
{
	struct verified_seals *x = v->seals;

	while (x->next < x->n && x->seals[x->next].record < state->record)
		x->next++;
	for (size_t i = x->next; i < x->n && x->seals[i].record == state->record; i++)
		if (memcmp(x->seals[i].hash, state->hash, DIGEST_SIZE) == 0)
			x->seals[i].is_met = true;
}

static bool is_dropped(const struct dropped_runs *d, uint64_t record)
{
	for (size_t i = 0; i < d->n; i++)
		if (record >= d->runs[i].first && record <= d->runs[i].last)
			return true;
	return record == 0;
}

void seals_close(struct verifier *v, uint64_t last_record, const struct dropped_runs *dropped)
{
	for (size_t i = 0; i < v->seals->n; i++) {
		const struct verified_seal *seal = &v->seals->seals[i];

		if (seal->is_met || is_dropped(dropped, seal->record))
			continue;
		verifier_tell(v, FAULT_SEAL, seal->record,
			      seal->record > last_record
				      ? "a seal is of record %" PRIu64 ", which is not there"
				      : "the chain at record %" PRIu64 " is not what was sealed",
			      seal->record);
	}
}

void seals_finish(struct verifier *v)
{
	if (v->seals)
		mem_free(v->seals->seals);
	mem_free(v->seals);
	v->seals = NULL;
}
