#include "daemon/keyring.h"

#include "daemon/say.h"
#include "netlogon/keys.h"

#include <errno.h>
#include <unistd.h>

#define READ_NSEC (3 * NSEC_PER_SEC) /* between two readings for a channel without key */
#define SAY_NSEC                                                                                   \
	(60 * NSEC_PER_SEC) /* between two lines about channels: anybody can make up some */
#define NO_KEYS                                                                                    \
	"holds no arcfour-hmac key, and secure channels have no others: export it with "           \
	"samba-tool domain exportkeytab"

void keyring_init(struct keyring *k, struct station *st, struct capture *capture,
		  const struct tally *tally)
{
	*k = (struct keyring){.st = st, .capture = capture, .tally = tally};
	text_init(&k->said, 0);
}

/* ---- reading ---- */

static uint64_t missed(const struct keyring *k)
{
	return k->tally->n[TALLY_NETLOGON_NO_KEY] + k->tally->n[TALLY_NETLOGON_BAD];
}

static const char *why_not(int rc)
{
	return rc == -EBADMSG ? "neither a keytab nor one of Samba's tdb files" : strerror(-rc);
}

static void read_file(struct netlogon_keys *keys, struct keyring_file *f)
{
	struct netlogon_keys_found found;
	const char *problem = "";
	int rc;

	if (f->fd < 0)
		return;
	rc = netlogon_keys_read(keys, f->fd, &found);
	if (rc < 0)
		problem = why_not(rc);
	else if (found.why)
		problem = found.why;
	else if (f->is_keytab && found.account_keys + found.session_keys == 0)
		problem = NO_KEYS;
	status_copy(f->row.format, sizeof(f->row.format), rc < 0 ? "" : found.format);
	status_copy(f->row.problem, sizeof(f->row.problem), problem);
	f->row.accounts = found.account_keys;
	f->row.sessions = found.session_keys;
}

/* What was not said at the reading before. */
static void say_problems(struct keyring *k)
{
	struct text now;

	text_init(&now, 0);
	for (size_t i = 0; i < k->n; i++) {
		const struct status_key_file *row = &k->files[i].row;
		size_t from = now.len;

		if (!*row->problem)
			continue;
		text_printf(&now, "%s: %s\n", row->path, row->problem);
		if (!now.failed && !(k->said.ptr && strstr(k->said.ptr, now.ptr + from)))
			daemon_say("%s: %s", row->path, row->problem);
	}
	text_finish(&k->said);
	k->said = now;
}

static void read_all(struct keyring *k)
{
	struct netlogon_keys *keys = NULL;
	int rc = k->n ? netlogon_keys_new(&keys) : 0;

	k->missed = missed(k);
	k->next_read = clock_monotonic() + READ_NSEC;
	for (size_t i = 0; i < k->n && rc == 0; i++) {
		read_file(keys, &k->files[i]);
		station_beat(k->st);
	}
	if (rc == 0)
		rc = capture_set_keys(k->capture, keys);
	if (rc < 0)
		daemon_say("keys: %s", strerror(-rc));
	if (rc < 0 && !keys)
		return; /* those that were there stay */
	netlogon_keys_free(k->keys);
	k->keys = keys;
	k->status.accounts = keys ? netlogon_keys_accounts(keys) : 0;
	k->status.sessions = keys ? netlogon_keys_sessions(keys) : 0;
	k->status.read = clock_wall();
	k->status.readings++;
	say_problems(k);
}

static bool can_read(const struct keyring *k)
{
	for (size_t i = 0; i < k->n && !k->is_coming; i++)
		if (k->files[i].fd >= 0)
			return true;
	return false;
}

/* Read anew, and there is still no key. */
static void tell_sealed(struct keyring *k)
{
	int64_t now = clock_monotonic();

	k->status.sealed = clock_wall();
	status_copy(k->status.problem, sizeof(k->status.problem), k->line);
	k->line[0] = '\0';
	if (!k->n || now < k->next_say) /* who has no keys there need not have any */
		return;
	daemon_say("%s", k->status.problem);
	k->next_say = now + SAY_NSEC;
}

void keyring_look(struct keyring *k)
{
	if (missed(k) == k->missed)
		return;
	if (*k->line && (k->status.readings > k->line_readings || !can_read(k)))
		tell_sealed(k);
	if (can_read(k) && clock_monotonic() >= k->next_read)
		read_all(k);
}

/* ---- files ---- */

static void drop_files(struct keyring *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->files[i].fd >= 0)
			close(k->files[i].fd);
	k->n = 0;
}

static void add_file(struct keyring *k, struct span path, int error, bool is_keytab, int *fd)
{
	struct keyring_file *f = &k->files[k->n];

	if (k->n == STATUS_KEY_FILES_MAX)
		return;
	*f = (struct keyring_file){.fd = *fd, .is_keytab = is_keytab};
	memcpy(f->row.path, path.ptr,
	       path.len < STATUS_PATH_SIZE ? path.len : STATUS_PATH_SIZE - 1);
	if (*fd < 0)
		status_copy(f->row.problem, sizeof(f->row.problem), strerror(error));
	*fd = -1;
	k->n++;
}

void keyring_take(struct keyring *k, struct reader *r, int *fd)
{
	uint64_t step = unpack_number(r), error = unpack_number(r);
	struct span path = reader_rest(r);

	if (!reader_ok(r) || step >= KEYRING_STEP__COUNT || error > 4095)
		return;
	if (step == KEYRING_BEGIN) {
		drop_files(k);
		k->is_coming = true;
	} else if (k->is_coming && step == KEYRING_END) {
		k->is_coming = false;
		read_all(k);
	} else if (k->is_coming) {
		add_file(k, path, (int)error, step == KEYRING_KEYTAB, fd);
	}
}

/* ---- telling ---- */

void keyring_sealed(struct keyring *k, const char *line)
{
	status_copy(k->line, sizeof(k->line), line);
	k->line_readings = k->status.readings;
}

void keyring_tell(const struct keyring *k)
{
	struct pack out;

	parcel_begin(&out, k->st->out, PARCEL_KEYS);
	pack_bytes(&out, &k->status, sizeof(k->status));
	for (size_t i = 0; i < k->n && !k->is_coming; i++)
		pack_bytes(&out, &k->files[i].row, sizeof(k->files[i].row));
	station_send(k->st, MEMBER_KEEPER, &out);
}

void keyring_finish(struct keyring *k)
{
	drop_files(k);
	netlogon_keys_free(k->keys);
	k->keys = NULL;
	text_finish(&k->said);
}
