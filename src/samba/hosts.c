/* Many machines' lines in one file, and the look at a file's beginning that tells whose it is. */
#include "base/mem.h"
#include "samba/host.h"
#include "samba/name.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE ((size_t)256 * 1024)

void samba_hosts_finish(struct samba_hosts *hosts)
{
	if (hosts)
		mem_free(hosts->rows);
	if (hosts)
		*hosts = (struct samba_hosts){0};
}

static struct samba_host *add(struct samba_hosts *hosts, struct span written_by)
{
	size_t cap = hosts->cap ? hosts->cap * 2 : 1;
	struct samba_host *rows = hosts->rows;

	if (hosts->n == SAMBA_HOSTS_MAX || written_by.len >= SAMBA_NAME_MAX) {
		hosts->left_out++;
		return NULL;
	}
	if (hosts->n == hosts->cap) {
		rows = mem_realloc(rows, cap * sizeof(*rows));
		if (!rows)
			return NULL;
		hosts->rows = rows;
		hosts->cap = cap;
	}
	rows[hosts->n] = (struct samba_host){0};
	(void)!samba_name_copy(rows[hosts->n].written_by, SAMBA_NAME_MAX, written_by);
	return &rows[hosts->n++];
}

struct samba_host *samba_hosts_of(struct samba_hosts *hosts, struct span written_by)
{
	for (size_t i = 0; i < hosts->n; i++)
		if (samba_name_equal(span_str(hosts->rows[i].written_by), written_by))
			return &hosts->rows[i];
	return add(hosts, written_by);
}

/* A look at a file's beginning, piece by piece: a line that the end of a piece cuts is read again with the next. */
struct scan {
	int fd;
	uint64_t pos, end;
	uint64_t found; /* lines of Samba's */
	struct samba_hosts *hosts;
	struct samba_peers *peers;
	struct samba_scratch *scratch;
	uint8_t *bytes;
};

static int scan_line(struct scan *s, struct span text)
{
	struct samba_line line;
	struct samba_host *host;

	if (samba_line_decode(text, s->scratch, &line) < 0)
		return 0;
	s->found++;
	host = samba_hosts_of(s->hosts, line.host);
	if (host)
		samba_host_feed(host, &line);
	if (s->peers && samba_peers_feed(s->peers, &line) == -ENOMEM)
		return -ENOMEM;
	return host || s->hosts->left_out ? 0 : -ENOMEM;
}

/* Reads the whole lines of the next piece. 0: there are no more. */
static ssize_t scan_piece(struct scan *s)
{
	size_t want = s->end - s->pos < PIECE ? (size_t)(s->end - s->pos) : PIECE, used = 0;
	ssize_t n = pread(s->fd, s->bytes, want, (off_t)s->pos);
	const uint8_t *end;

	if (n <= 0)
		return n < 0 ? -errno : 0;
	while ((end = memchr(s->bytes + used, '\n', (size_t)n - used))) {
		size_t len = (size_t)(end - s->bytes) - used;
		int rc = scan_line(s, span_make(s->bytes + used, len));

		if (rc < 0)
			return rc;
		used += len + 1;
	}
	/* A line longer than a piece is none of Samba's. */
	s->pos += used ? used : (size_t)n;
	return n;
}

int samba_hosts_scan(int fd, uint64_t max, struct samba_hosts *hosts, struct samba_peers *peers)
{
	struct scan s = {.fd = fd, .hosts = hosts, .peers = peers};
	struct stat st;
	ssize_t rc = 1;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ESPIPE;
	s.end = (uint64_t)st.st_size < max ? (uint64_t)st.st_size : max;
	s.bytes = mem_alloc(PIECE);
	s.scratch = mem_alloc(sizeof(*s.scratch));
	if (!s.bytes || !s.scratch)
		rc = -ENOMEM;
	while (rc > 0 && s.pos < s.end)
		rc = scan_piece(&s);
	mem_free(s.scratch);
	mem_free(s.bytes);
	if (rc < 0)
		return (int)rc;
	return s.found ? 0 : -ENODATA;
}
