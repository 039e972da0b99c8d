/* The host's part in Samba's logs: which there are, following them, handing lines on. It reads nothing in them. */
#include "daemon/samba-log.h"
#include "daemon/say.h"
#include "daemon/station.h"
#include "daemon/status.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONF_NSEC (10 * NSEC_PER_SEC)
#define FOLDER_NSEC NSEC_PER_SEC
#define LINES_PER_LOOK 4096 /* then the others have their turn */

struct followed {
	struct log_place
		committed; /* told by the keeper, or, until it tells one, where it began; "": a free row */
	bool has_committed;
	int folder;		     /* -1: it can't be opened */
	int64_t next_try;	     /* monotonic, to open it */
	struct samba_follow *follow; /* NULL: it waits for its folder */
	bool is_told;		     /* the decoder knows that its lines come */
	bool has_line;		     /* `line` was not sent yet */
	struct span line;
	int error;
	struct samba_follow_count before; /* of those that were followed before */
};

struct samba_watch {
	struct station *st;
	struct followed logs[SAMBA_LOGS_MAX];
	size_t n;
	struct log_places known; /* the keeper's */
	bool has_places;	 /* it told all that it has */
	bool is_asked;		 /* the decoder said where to begin */
	uint64_t nonce;
	struct log_places taken; /* what the decoder has already */
	uint64_t sent, acked;
	struct samba_host host; /* as smb.conf says */
	int64_t next_conf;
};

static struct samba_watch watch;

/* ---- which logs there are ---- */

static bool is_named(const char *path)
{
	for (size_t i = 0; i < watch.n; i++)
		if (strcmp(watch.logs[i].committed.path, path) == 0)
			return true;
	return false;
}

static void add(const char *path)
{
	struct followed *f = &watch.logs[watch.n];
	const struct log_place *known;
	size_t len = strlen(path);

	if (is_named(path) || path[0] != '/' || path[len - 1] == '/')
		return;
	if (watch.n == SAMBA_LOGS_MAX || len >= SAMBA_LOG_PATH_SIZE) {
		daemon_say("%s: is not followed: %s", path,
			   watch.n == SAMBA_LOGS_MAX ? "too many logs" : "too long a name");
		return;
	}
	*f = (struct followed){.folder = -1};
	memcpy(f->committed.path, path, len + 1);
	known = log_places_find(&watch.known, path);
	if (known) {
		f->committed = *known;
		f->has_committed = true;
	}
	watch.n++;
}

static void add_item(const char *item, const struct smb_conf *conf)
{
	struct smb_audit audit;

	if (strcmp(item, "off") == 0)
		return;
	if (strcmp(item, "auto") != 0) {
		add(item);
		return;
	}
	smb_audit_of(conf->log_level, &audit);
	if (audit.is_set && audit.file[0])
		add(audit.file);
}

static void add_all(const struct smb_conf *conf)
{
	const struct daemon_options *o = watch.st->options;
	const struct policy_item *i = policy_items(watch.st->policy, SETTING_SAMBA_LOG);

	for (size_t k = 0; k < o->n_samba_logs; k++)
		add_item(o->samba_logs[k], conf);
	for (; i && !o->n_samba_logs; i = i->next)
		add_item(i->text, conf);
}

static void stop(struct followed *f)
{
	if (f->follow) {
		const struct samba_follow_count *now = samba_follow_counts(f->follow);

		f->before.lines += now->lines;
		f->before.rotations += now->rotations;
		f->before.truncations += now->truncations;
		f->before.too_long += now->too_long;
		f->before.lost += now->lost;
		f->before.unreadable += now->unreadable;
	}
	samba_follow_free(f->follow);
	if (f->folder >= 0)
		close(f->folder);
	f->follow = NULL;
	f->folder = -1;
	f->has_line = f->is_told = false;
}

/* Also where the file is another's to name by now: what is followed already goes on. */
static void read_conf(void)
{
	char name[256] = "";
	struct smb_conf conf;
	struct text path;

	text_init(&path, 0);
	text_printf(&path, "%s" SMB_CONF, watch.st->options->root);
	smb_conf_read(&smb_conf_system, path.ptr ? path.ptr : SMB_CONF, &conf);
	text_finish(&path);
	(void)gethostname(name, sizeof(name) - 1);
	watch.host = (struct samba_host){0};
	if (conf.is_there && !conf.error)
		samba_host_configure(&watch.host, &conf, name);
	add_all(&conf);
	watch.next_conf = clock_monotonic() + CONF_NSEC;
}

/* ---- following ---- */

/* Where the decoder has it from, else where all is stored; false: nobody knows, it is new. */
static bool place_of(struct followed *f, struct samba_checkpoint *ret_place)
{
	const struct log_place *taken = log_places_find(&watch.taken, f->committed.path);

	*ret_place = taken ? taken->checkpoint : f->committed.checkpoint;
	return taken || f->has_committed;
}

static void open_folder(struct followed *f)
{
	char folder[SAMBA_LOG_PATH_SIZE];
	const char *slash = strrchr(f->committed.path, '/');
	size_t n = (size_t)(slash - f->committed.path);
	struct samba_checkpoint place;
	bool has_place = place_of(f, &place);
	int rc;

	memcpy(folder, f->committed.path, n ? n : 1);
	folder[n ? n : 1] = '\0';
	f->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->error = f->folder < 0 ? errno : 0;
	f->next_try = clock_monotonic() + FOLDER_NSEC;
	if (f->folder < 0)
		return;
	rc = samba_follow_new(f->folder, slash + 1, has_place ? &place : NULL, SAMBA_FROM_END,
			      &f->follow);
	if (rc == 0)
		return;
	f->error = -rc;
	f->follow = NULL;
	close(f->folder);
	f->folder = -1;
}

/* Its first look finds the file, so that there is a place to begin at. */
static void begin(struct followed *f)
{
	f->has_line = samba_follow_next(f->follow, &f->line) > 0;
	if (f->has_committed || f->has_line)
		return;
	samba_follow_checkpoint(f->follow, &f->committed.checkpoint);
	f->has_committed = true;
}

static bool tell_begin(struct followed *f)
{
	static struct log_begin b; /* large */
	struct pack out;

	b = (struct log_begin){.nonce = watch.nonce,
			       .row = (uint32_t)(f - watch.logs),
			       .place = f->committed,
			       .host = watch.host};
	b.has_place = place_of(f, &b.place.checkpoint);
	parcel_begin(&out, watch.st->out, PARCEL_LOG);
	log_put_begin(&out, &b);
	f->is_told = parcel_send(station_to(watch.st, MEMBER_DECODER), pack_span(&out, 0), -1) == 0;
	return f->is_told;
}

static bool send_line(struct followed *f)
{
	struct log_text l = {
		.number = watch.sent + 1, .row = (uint32_t)(f - watch.logs), .text = f->line};
	struct pack out;

	samba_follow_checkpoint(f->follow, &l.behind);
	parcel_begin(&out, watch.st->out, PARCEL_LINE);
	log_put_line(&out, &l);
	if (parcel_send(station_to(watch.st, MEMBER_DECODER), pack_span(&out, 0), -1) < 0)
		return false;
	watch.sent++;
	return true;
}

static bool has_room(void)
{
	return watch.sent - watch.acked < SAMBA_LINES_AHEAD;
}

static void send_lines(struct followed *f)
{
	for (int n = 0; n < LINES_PER_LOOK && has_room(); n++) {
		if (!f->has_line && samba_follow_next(f->follow, &f->line) <= 0)
			return;
		f->has_line = true;
		if (!send_line(f))
			return;
		f->has_line = false;
	}
}

static void look_at(struct followed *f)
{
	if (!f->follow && clock_monotonic() >= f->next_try) {
		open_folder(f);
		if (f->follow)
			begin(f);
	}
	if (!f->follow || (!f->is_told && !tell_begin(f)))
		return;
	send_lines(f);
	f->error = samba_follow_error(f->follow);
}

void samba_watch_look(void)
{
	if (clock_monotonic() >= watch.next_conf)
		read_conf();
	/* with -1 there is none: nothing is read before it is known who takes it, and from where */
	for (size_t i = 0; watch.has_places && watch.is_asked && i < watch.n; i++)
		look_at(&watch.logs[i]);
}

size_t samba_watch_poll(struct pollfd *fds)
{
	size_t n = 0;

	for (size_t i = 0; i < watch.n && has_room(); i++)
		if (watch.logs[i].follow && !watch.logs[i].has_line &&
		    samba_follow_fd(watch.logs[i].follow) >= 0)
			fds[n++] = (struct pollfd){.fd = samba_follow_fd(watch.logs[i].follow),
						   .events = POLLIN};
	return n;
}

bool samba_watch_wants_room(void)
{
	bool wants = false;

	for (size_t i = 0; i < watch.n; i++)
		wants |= watch.logs[i].has_line;
	return wants && has_room();
}

const struct samba_host *samba_watch_host(void)
{
	return &watch.host;
}

/* ---- who asks ---- */

static void stop_all(void)
{
	for (size_t i = 0; i < watch.n; i++) {
		stop(&watch.logs[i]);
		watch.logs[i].next_try = 0;
	}
	watch.sent = watch.acked = 0;
}

void samba_watch_take_hello(void *ctx, struct reader *r, int *fd)
{
	(void)ctx;
	(void)fd;
	if (!log_get_hello(r, &watch.nonce, &watch.taken))
		return;
	watch.is_asked = true;
	stop_all();
}

void samba_watch_take_ack(void *ctx, struct reader *r, int *fd)
{
	uint64_t nonce = unpack_number(r), number = unpack_number(r);

	(void)ctx;
	(void)fd;
	if (reader_ok(r) && nonce == watch.nonce && number <= watch.sent && number > watch.acked)
		watch.acked = number;
}

void samba_watch_take_place(void *ctx, struct reader *r, int *fd)
{
	static struct log_place place;
	struct log_place *known;

	(void)ctx;
	(void)fd;
	if (!log_get_place(r, &place))
		return;
	known = log_places_of(&watch.known, place.path);
	if (known)
		*known = place;
	for (size_t i = 0; i < watch.n; i++)
		if (strcmp(watch.logs[i].committed.path, place.path) == 0) {
			watch.logs[i].committed = place;
			watch.logs[i].has_committed = true;
		}
}

void samba_watch_take_ready(void *ctx, struct reader *r, int *fd)
{
	(void)ctx;
	(void)r;
	(void)fd;
	watch.has_places = true;
}

void samba_watch_hello(void)
{
	station_tell(watch.st, MEMBER_DECODER, PARCEL_HELLO);
	station_tell(watch.st, MEMBER_KEEPER, PARCEL_HELLO);
}

void samba_watch_begin(struct station *st)
{
	watch.st = st;
	read_conf();
}

/* ---- how it stands ---- */

static uint64_t behind(const struct followed *f)
{
	struct samba_checkpoint place;
	struct stat st;

	if (!f->follow || stat(f->committed.path, &st) < 0)
		return 0;
	samba_follow_checkpoint(f->follow, &place);
	if (place.now.inode != st.st_ino)
		return (uint64_t)st.st_size;
	return (uint64_t)st.st_size > place.now.offset ? (uint64_t)st.st_size - place.now.offset
						       : 0;
}

size_t samba_watch_status(struct status_log *rows)
{
	static const struct samba_follow_count none;

	for (size_t i = 0; i < watch.n; i++) {
		const struct followed *f = &watch.logs[i];
		const struct samba_follow_count *now =
			f->follow ? samba_follow_counts(f->follow) : &none;

		rows[i] = (struct status_log){
			.lines = f->before.lines + now->lines,
			.behind = behind(f),
			.rotations = f->before.rotations + now->rotations,
			.truncations = f->before.truncations + now->truncations,
			.too_long = f->before.too_long + now->too_long,
			.lost = f->before.lost + now->lost,
		};
		status_copy(rows[i].path, sizeof(rows[i].path), f->committed.path);
		if (f->error)
			status_copy(rows[i].problem, sizeof(rows[i].problem), strerror(f->error));
	}
	return watch.n;
}
