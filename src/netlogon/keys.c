#include "netlogon/keys.h"

#include <errno.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "netlogon/key-table.h"
#include "netlogon/tdb.h"

#define BUCKETS 4096u
#define NONE UINT32_MAX
#define READ_TRIES 5 /* a file that never is the same twice is taken as it was read last */

/* A growing array whose old memory is wiped. */
struct rows {
	uint8_t *ptr;
	size_t n, cap;
};

struct netlogon_keys {
	struct hash_key hash_key;
	uint32_t bucket[BUCKETS];
	struct rows accounts, sessions;
};

static int rows_reserve(struct rows *r, size_t size)
{
	size_t cap = r->cap ? r->cap * 2 : 32;
	uint8_t *grown;

	if (r->n < r->cap)
		return 0;
	grown = mem_zalloc(cap, size);
	if (!grown)
		return -ENOMEM;
	if (r->n)
		memcpy(grown, r->ptr, r->n * size);
	mem_free_secret(r->ptr, r->cap * size);
	r->ptr = grown;
	r->cap = cap;
	return 0;
}

static struct account_key *account_at(const struct netlogon_keys *keys, size_t n)
{
	return (struct account_key *)(void *)keys->accounts.ptr + n;
}

static struct session_key *session_at(const struct netlogon_keys *keys, size_t n)
{
	return (struct session_key *)(void *)keys->sessions.ptr + n;
}

int netlogon_keys_new(struct netlogon_keys **ret_keys)
{
	struct netlogon_keys *keys = mem_zalloc(1, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	keys->hash_key = hash_key_random();
	memset(keys->bucket, 0xff, sizeof(keys->bucket));
	*ret_keys = keys;
	return 0;
}

void netlogon_keys_free(struct netlogon_keys *keys)
{
	if (!keys)
		return;
	mem_free_secret(keys->accounts.ptr, keys->accounts.cap * sizeof(struct account_key));
	mem_free_secret(keys->sessions.ptr, keys->sessions.cap * sizeof(struct session_key));
	mem_free_secret(keys, sizeof(*keys));
}

size_t netlogon_keys_accounts(const struct netlogon_keys *keys)
{
	return keys ? keys->accounts.n : 0;
}

size_t netlogon_keys_sessions(const struct netlogon_keys *keys)
{
	return keys ? keys->sessions.n : 0;
}

const struct account_key *netlogon_key_account(const struct netlogon_keys *keys, size_t n)
{
	return account_at(keys, n);
}

const struct session_key *netlogon_key_session(const struct netlogon_keys *keys, size_t n)
{
	return session_at(keys, n);
}

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(const char *a, const char *b)
{
	while (*a && small(*a) == small(*b)) {
		a++;
		b++;
	}
	return small(*a) == small(*b);
}

static uint32_t name_hash(const struct netlogon_keys *keys, const char *name)
{
	char folded[KEY_NAME_SIZE] = {0};
	size_t n = 0;

	while (n < sizeof(folded) && name[n]) {
		folded[n] = small(name[n]);
		n++;
	}
	return (uint32_t)hash_bytes(&keys->hash_key, span_make(folded, n));
}

/* `at` is one more than the number of the key given last. */
const struct account_key *netlogon_key_named(const struct netlogon_keys *keys, const char *account,
					     size_t *at)
{
	uint32_t hash = name_hash(keys, account);
	uint32_t n = *at == 0 ? keys->bucket[hash % BUCKETS] : account_at(keys, *at - 1)->next;

	for (; n != NONE; n = account_at(keys, n)->next) {
		const struct account_key *key = account_at(keys, n);

		if (key->name_hash == hash && same_name(key->account, account)) {
			*at = (size_t)n + 1;
			return key;
		}
	}
	return NULL;
}

static bool copy_name(char out[KEY_NAME_SIZE], struct span name)
{
	if (name.len >= KEY_NAME_SIZE || (name.len && memchr(name.ptr, 0, name.len)))
		return false;
	if (name.len)
		memcpy(out, name.ptr, name.len);
	return true;
}

static bool is_known_account(const struct netlogon_keys *keys, const struct account_key *key)
{
	const struct account_key *other;
	size_t at = 0;

	while ((other = netlogon_key_named(keys, key->account, &at)))
		if (memcmp(other->hash, key->hash, sizeof(key->hash)) == 0)
			return true;
	return false;
}

static bool has_room(struct key_intake *in, struct rows *r, size_t size, size_t max)
{
	if (r->n >= max) {
		in->found->over_limit++;
		return false;
	}
	if (in->rc == 0)
		in->rc = rows_reserve(r, size);
	return in->rc == 0;
}

static void put_account(struct netlogon_keys *keys, struct account_key *key)
{
	uint32_t *bucket = &keys->bucket[key->name_hash % BUCKETS];

	key->next = *bucket;
	*bucket = (uint32_t)keys->accounts.n;
	*account_at(keys, keys->accounts.n++) = *key;
}

void netlogon_intake_account(struct key_intake *in, struct span account,
			     const uint8_t hash[NETLOGON_KEY_SIZE])
{
	struct account_key key = {0};

	if (!copy_name(key.account, account)) {
		in->found->passed_over++;
		return;
	}
	memcpy(key.hash, hash, sizeof(key.hash));
	key.name_hash = name_hash(in->keys, key.account);
	if (is_known_account(in->keys, &key)) {
		in->found->account_keys++;
	} else if (has_room(in, &in->keys->accounts, sizeof(key), NETLOGON_ACCOUNT_KEYS_MAX)) {
		in->found->account_keys++;
		put_account(in->keys, &key);
	}
	explicit_bzero(&key, sizeof(key));
}

/* A computer's older session keys stay: a channel may still use them. */
static bool is_known_session(const struct netlogon_keys *keys, const struct session_key *key)
{
	for (size_t i = 0; i < keys->sessions.n; i++)
		if (memcmp(session_at(keys, i)->key, key->key, sizeof(key->key)) == 0 &&
		    same_name(session_at(keys, i)->computer, key->computer))
			return true;
	return false;
}

void netlogon_intake_session(struct key_intake *in, struct span computer, struct span account,
			     uint32_t flags, uint16_t channel_type,
			     const uint8_t key[NETLOGON_KEY_SIZE])
{
	struct session_key s = {.flags = flags, .channel_type = channel_type};

	if (!copy_name(s.computer, computer) || !copy_name(s.account, account)) {
		in->found->passed_over++;
		return;
	}
	memcpy(s.key, key, sizeof(s.key));
	if (is_known_session(in->keys, &s)) {
		in->found->session_keys++;
	} else if (has_room(in, &in->keys->sessions, sizeof(s), NETLOGON_SESSION_KEYS_MAX)) {
		in->found->session_keys++;
		*session_at(in->keys, in->keys->sessions.n++) = s;
	}
	explicit_bzero(&s, sizeof(s));
}

/* A file's bytes; wiped when done with. */
struct content {
	uint8_t *ptr;
	size_t len, cap;
};

static void content_drop(struct content *c)
{
	mem_free_secret(c->ptr, c->cap);
	*c = (struct content){0};
}

static int content_grow(struct content *c)
{
	size_t cap = c->cap ? c->cap * 2 : 16384;
	uint8_t *grown;

	if (c->cap > NETLOGON_FILE_MAX)
		return -EFBIG;
	grown = mem_alloc(cap);
	if (!grown)
		return -ENOMEM;
	if (c->len)
		memcpy(grown, c->ptr, c->len);
	mem_free_secret(c->ptr, c->cap);
	c->ptr = grown;
	c->cap = cap;
	return 0;
}

/* From where it stands. */
static int content_fill(struct content *c, int fd)
{
	ssize_t n;
	int rc;

	do {
		rc = c->len == c->cap ? content_grow(c) : 0;
		if (rc != 0)
			return rc;
		n = read(fd, c->ptr + c->len, c->cap - c->len);
		if (n < 0 && errno != EINTR)
			return -errno;
		c->len += n > 0 ? (size_t)n : 0;
	} while (n != 0);
	return c->len > NETLOGON_FILE_MAX ? -EFBIG : 0;
}

static int content_read(struct content *c, int fd)
{
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : content_fill(c, fd);
}

/* The file as it was twice in a row; a pipe, which is there once, as it comes. */
static int content_read_steady(struct content *c, int fd)
{
	struct content again = {0};
	bool same = false;
	int rc = content_read(c, fd);

	if (rc == -ESPIPE)
		return content_fill(c, fd);

	for (int i = 0; rc == 0 && !same && i < READ_TRIES; i++) {
		struct content before = *c;

		rc = content_read(&again, fd);
		same = rc == 0 &&
		       span_equal(span_make(c->ptr, c->len), span_make(again.ptr, again.len));
		*c = again;
		again = (struct content){0};
		content_drop(&before);
	}
	return rc;
}

static int read_format(struct key_intake *in, struct span file)
{
	if (file.len >= 2 && file.ptr[0] == 5 && (file.ptr[1] == 1 || file.ptr[1] == 2)) {
		in->found->format = "keytab";
		keytab_read(in, file);
		return in->rc;
	}
	if (tdb_is(file)) {
		in->found->format = "tdb";
		samba_keys_read(in, file);
		return in->rc;
	}
	in->found->why = "neither a keytab nor a tdb";
	return -EBADMSG;
}

int netlogon_keys_read(struct netlogon_keys *keys, int fd, struct netlogon_keys_found *ret_found)
{
	struct key_intake in = {.keys = keys, .found = ret_found};
	struct content file = {0};
	int rc;

	*ret_found = (struct netlogon_keys_found){.format = "unknown"};
	rc = content_read_steady(&file, fd);
	if (rc == 0)
		rc = read_format(&in, span_make(file.ptr, file.len));
	content_drop(&file);
	return rc;
}
