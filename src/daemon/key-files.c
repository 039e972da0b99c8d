#include "daemon/key-files.h"

#include "daemon/keyring.h"
#include "daemon/say.h"
#include "daemon/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_NSEC (2 * NSEC_PER_SEC)

/* ---- which ---- */

const char *const key_files_private[] = {"schannel_store.tdb", "netlogon_creds_cli.tdb",
					 "secrets.tdb", "secrets.ldb", NULL};

struct walk {
	void (*each)(struct walk *w, const char *path, bool is_folder);
	struct key_files *files;
	struct text *out; /* of describe() */
	bool failed;	  /* of hand_over() */
	size_t n;
};

static void each_of(struct walk *w, const char *const *given, size_t n, enum setting setting,
		    bool is_folder)
{
	const struct policy_item *i = n ? NULL : policy_items(w->files->st->policy, setting);

	for (size_t k = 0; k < n; k++)
		w->each(w, given[k], is_folder);
	for (; i; i = i->next)
		w->each(w, i->text, is_folder);
}

static void each(struct walk *w)
{
	const struct daemon_options *o = w->files->st->options;

	each_of(w, o->keytabs, o->n_keytabs, SETTING_KEYTAB, false);
	each_of(w, o->private_folders, o->n_private_folders, SETTING_SAMBA_PRIVATE, true);
}

/* ---- what they look like ---- */

static void describe_file(struct text *out, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		text_printf(out, "%s %d\n", path, errno);
	else
		text_printf(out, "%s %ju:%ju %jd %jd.%09ld\n", path, (uintmax_t)st.st_dev,
			    (uintmax_t)st.st_ino, (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
			    st.st_mtim.tv_nsec);
}

static void describe_one(struct walk *w, const char *path, bool is_folder)
{
	struct text file;

	if (!is_folder) {
		describe_file(w->out, path);
		return;
	}
	for (const char *const *name = key_files_private; *name; name++) {
		text_init(&file, 0);
		text_printf(&file, "%s/%s", path, *name);
		describe_file(w->out, file.ptr ? file.ptr : path);
		text_finish(&file);
	}
}

static void describe(struct key_files *k, struct text *out)
{
	struct walk w = {.each = describe_one, .files = k, .out = out};

	text_init(out, 0);
	each(&w);
}

/* ---- opened and handed over ---- */

static void send_step(struct walk *w, enum keyring_step step, const char *path, int fd, int error)
{
	struct station *st = w->files->st;
	struct pack out;

	parcel_begin(&out, st->out, PARCEL_KEYS);
	pack_number(&out, step);
	pack_number(&out, (uint64_t)error);
	pack_bytes(&out, path, strlen(path));
	if (!w->failed && parcel_send(station_to(st, MEMBER_DECODER), pack_span(&out, 0), fd) < 0)
		w->failed = true;
}

/* Whoever reads it must never wait for it. A descriptor, or a negative errno. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int rc;

	if (fd < 0)
		return -errno;
	rc = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? fd : -ENOTSUP;
	if (rc < 0)
		close(fd);
	return rc;
}

/* One of a folder need not be there; true where it is. */
static bool send_file(struct walk *w, const char *path, bool is_of_folder)
{
	int fd;

	if (w->n == STATUS_KEY_FILES_MAX)
		return true;
	fd = open_file(path);
	if (fd == -ENOENT && is_of_folder)
		return false;
	w->n++;
	send_step(w, is_of_folder ? KEYRING_PRIVATE : KEYRING_KEYTAB, path, fd < 0 ? -1 : fd,
		  fd < 0 ? -fd : 0);
	if (fd >= 0)
		close(fd);
	return true;
}

static void send_one(struct walk *w, const char *path, bool is_folder)
{
	bool any = false;
	struct text file;

	if (!is_folder) {
		(void)send_file(w, path, false);
		return;
	}
	for (const char *const *name = key_files_private; *name; name++) {
		text_init(&file, 0);
		text_printf(&file, "%s/%s", path, *name);
		any |= file.ptr && send_file(w, file.ptr, true);
		text_finish(&file);
	}
	if (!any && w->n < STATUS_KEY_FILES_MAX) {
		w->n++;
		send_step(w, KEYRING_PRIVATE, path, -1, ENOENT);
	}
}

void key_files_hand_over(struct key_files *k)
{
	struct walk w = {.each = send_one, .files = k};

	text_finish(&k->seen);
	describe(k, &k->seen); /* before they are opened: what changes meanwhile is seen */
	k->next_look = clock_monotonic() + LOOK_NSEC;
	send_step(&w, KEYRING_BEGIN, "", -1, 0);
	each(&w);
	send_step(&w, KEYRING_END, "", -1, 0);
	if (w.failed) /* it has no room now: at the next look */
		text_reset(&k->seen);
}

void key_files_look(struct key_files *k)
{
	int64_t now = clock_monotonic();
	struct text seen;
	bool same;

	if (!k->next_look || now < k->next_look)
		return;
	k->next_look = now + LOOK_NSEC;
	describe(k, &seen);
	same = seen.len == k->seen.len &&
	       (!seen.len || memcmp(seen.ptr, k->seen.ptr, seen.len) == 0);
	text_finish(&seen);
	if (!same)
		key_files_hand_over(k);
}

void key_files_again(struct key_files *k)
{
	if (k->next_look)
		key_files_hand_over(k);
}

void key_files_finish(struct key_files *k)
{
	text_finish(&k->seen);
}
