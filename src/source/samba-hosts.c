#include "base/mem.h"
#include "source/samba.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct known {
	const char *name; /* of the file */
	bool is_log;
	bool is_scanned;
	struct samba_hosts hosts;
};

struct log_hosts {
	struct known *known;
	size_t n;
	struct known *last; /* asked for */
	struct samba_peers *peers;
};

/* A capture, by its first bytes: a text has no NUL. */
static bool is_binary(int fd)
{
	uint8_t head[64];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	return n > 0 && memchr(head, 0, (size_t)n);
}

/* Learns what it can before the file is read; a pipe is left alone. */
static void scan(struct log_hosts *hosts, struct known *k)
{
	int fd = strcmp(k->name, "-") == 0
			 ? -1
			 : open(k->name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return;
	k->is_scanned = !is_binary(fd) &&
			samba_hosts_scan(fd, SAMBA_SCAN_MAX, &k->hosts, hosts->peers) == 0;
	k->is_log = k->is_scanned;
	close(fd);
}

/* The configuration says of which machine it is; of several logs nobody knows whose it is. */
static void configure(struct log_hosts *hosts, const struct smb_conf *conf)
{
	struct known *only = NULL;
	struct samba_host *host;
	size_t n = 0;

	for (size_t i = 0; i < hosts->n; i++)
		if (hosts->known[i].is_log || strcmp(hosts->known[i].name, "-") == 0) {
			only = &hosts->known[i];
			n++;
		}
	host = conf && n == 1 ? samba_hosts_of(&only->hosts, (struct span){0}) : NULL;
	if (host)
		samba_host_configure(host, conf, NULL);
}

static void ask_peers(struct log_hosts *hosts, struct known *k)
{
	for (size_t i = 0; i < k->hosts.n; i++)
		samba_host_ask(&k->hosts.rows[i], hosts->peers);
}

int log_hosts_new(const char *const names[], size_t n, const struct smb_conf *conf,
		  struct log_hosts **ret_hosts)
{
	struct log_hosts *hosts = mem_zalloc(1, sizeof(*hosts));

	if (hosts) {
		hosts->known = mem_zalloc(n, sizeof(*hosts->known));
		hosts->peers = samba_peers_new();
	}
	if (!hosts || !hosts->known || !hosts->peers) {
		log_hosts_free(hosts);
		return -ENOMEM;
	}
	hosts->n = n;
	for (size_t i = 0; i < n; i++) {
		hosts->known[i].name = names[i];
		scan(hosts, &hosts->known[i]);
	}
	configure(hosts, conf);
	for (size_t i = 0; i < n; i++)
		ask_peers(hosts, &hosts->known[i]);
	*ret_hosts = hosts;
	return 0;
}

/* Names are told apart by where they lie: packets have the very same. */
static struct known *find(struct log_hosts *hosts, const char *name)
{
	if (hosts->last && hosts->last->name == name)
		return hosts->last;
	for (size_t i = 0; i < hosts->n; i++)
		if (hosts->known[i].name == name)
			return hosts->last = &hosts->known[i];
	return NULL;
}

struct log_hosts *log_hosts_live(void)
{
	struct log_hosts *hosts = mem_zalloc(1, sizeof(*hosts));

	if (hosts) {
		hosts->known = mem_zalloc(LOG_HOSTS_LIVE_MAX, sizeof(*hosts->known));
		hosts->peers = samba_peers_new();
	}
	if (hosts && hosts->known && hosts->peers)
		return hosts;
	log_hosts_free(hosts);
	return NULL;
}

int log_hosts_add(struct log_hosts *hosts, const char *name, const struct samba_host *host)
{
	struct known *k = find(hosts, name);
	struct samba_host *own;

	if (!k && hosts->n == LOG_HOSTS_LIVE_MAX)
		return -ENOSPC;
	k = k ? k : &hosts->known[hosts->n++];
	samba_hosts_finish(&k->hosts);
	*k = (struct known){.name = name, .is_log = true};
	own = samba_hosts_of(&k->hosts, (struct span){0});
	if (!own)
		return -ENOMEM;
	*own = *host;
	return 0;
}

void log_hosts_free(struct log_hosts *hosts)
{
	if (!hosts)
		return;
	for (size_t i = 0; hosts->known && i < hosts->n; i++)
		samba_hosts_finish(&hosts->known[i].hosts);
	samba_peers_free(hosts->peers);
	mem_free(hosts->known);
	mem_free(hosts);
}

bool log_hosts_any(const struct log_hosts *hosts)
{
	for (size_t i = 0; i < hosts->n; i++)
		if (hosts->known[i].is_log)
			return true;
	return false;
}

const struct samba_host *log_hosts_line(struct log_hosts *hosts, const char *name,
					const struct samba_line *line)
{
	static const struct samba_host nobody;
	struct known *k = find(hosts, name);
	struct samba_host *host = k ? samba_hosts_of(&k->hosts, line->host) : NULL;

	if (!host)
		return &nobody;
	if (!k->is_scanned) {
		samba_host_feed(host, line);
		(void)samba_peers_feed(hosts->peers, line); /* full: names stay unknown */
		samba_host_ask(host, hosts->peers);
	}
	return host;
}
