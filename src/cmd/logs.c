#include "cmd/logs.h"

#include "base/mem.h"
#include "source/samba.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNS_KEPT 4096 /* a finding rests on recent events */

/* Records of a log of ours that follow one another there and here. */
struct run {
	uint64_t was, is, n;
};

struct log {
	const char *name;
	enum winlog_kind kind;
	bool is_samba;
	int fd; /* of a pipe, which can't be opened twice; -1: not open */
};

struct logs {
	struct log *log; /* the captures' pipes are among them, kind WINLOG_NONE: they stay open */
	size_t n, n_logs, n_samba;
	const struct logs_ops *ops;
	void *ctx;
	const struct log *current;
	uint64_t last, problems;
	struct run runs[RUNS_KEPT];
	size_t n_runs; /* ever; the newest stay */
};

/* What a pipe holds, without taking it: a copy of it goes into another pipe. */
static ssize_t peek_pipe(int fd, uint8_t *head, size_t size)
{
	int copy[2];
	ssize_t n;

	if (pipe2(copy, O_CLOEXEC) < 0)
		return -1;
	n = tee(fd, copy[1], size, 0);
	if (n > 0)
		n = read(copy[0], head, (size_t)n);
	close(copy[0]);
	close(copy[1]);
	return n;
}

/* What its first bytes say: all but fd and name of the log. */
static void peek(int fd, struct log *log, bool *ret_pipe)
{
	uint8_t head[WINLOG_HEAD];
	struct stat st;
	ssize_t n = -1;

	*ret_pipe = false;
	if (fstat(fd, &st) < 0)
		return;
	if (S_ISREG(st.st_mode))
		n = pread(fd, head, sizeof(head), lseek(fd, 0, SEEK_CUR));
	*ret_pipe = S_ISFIFO(st.st_mode);
	if (*ret_pipe)
		n = peek_pipe(fd, head, sizeof(head));
	if (S_ISSOCK(st.st_mode))
		n = recv(fd, head, sizeof(head), MSG_PEEK);
	if (n <= 0)
		return;
	log->is_samba = samba_recognise(span_make(head, (size_t)n));
	if (!log->is_samba)
		log->kind = winlog_recognise(span_make(head, (size_t)n));
}

static struct log look_at(const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0, is_pipe = false;
	struct log log = {.name = name, .fd = -1};

	log.fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	if (log.fd >= 0)
		peek(log.fd, &log, &is_pipe);
	if (log.fd >= 0 && !is_stdin && !is_pipe) {
		close(log.fd);
		log.fd = -1;
	}
	return log;
}

int logs_new(char **names, size_t n, struct logs **ret_logs, size_t *ret_n)
{
	struct logs *l = mem_zalloc(1, sizeof(*l));
	size_t others = 0;

	if (l)
		l->log = mem_zalloc(n, sizeof(*l->log));
	if (!l || !l->log) {
		logs_free(l);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		struct log log = look_at(names[i]);

		if (log.kind == WINLOG_NONE)
			names[others++] = names[i];
		if (log.kind != WINLOG_NONE || log.fd >= 0)
			l->log[l->n++] = log;
		l->n_logs += log.kind != WINLOG_NONE;
		l->n_samba += log.is_samba;
	}
	*ret_logs = l;
	*ret_n = others;
	return 0;
}

void logs_free(struct logs *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (l->log[i].fd > STDIN_FILENO)
			close(l->log[i].fd);
	mem_free(l->log);
	mem_free(l);
}

size_t logs_count(const struct logs *l)
{
	return l->n_logs;
}

size_t logs_samba(const struct logs *l)
{
	return l->n_samba;
}

/* Remembers what became of a record, so that findings can name it. */
static void note_record(struct logs *l, uint64_t was, uint64_t is)
{
	struct run *last = l->n_runs ? &l->runs[(l->n_runs - 1) % RUNS_KEPT] : NULL;

	if (last && was == last->was + last->n && is == last->is + last->n)
		last->n++;
	else
		l->runs[l->n_runs++ % RUNS_KEPT] = (struct run){was, is, 1};
}

/* 0: it is not known. */
static uint64_t record_now(const struct logs *l, uint64_t was)
{
	size_t n = l->n_runs < RUNS_KEPT ? l->n_runs : RUNS_KEPT;

	for (size_t i = 1; i <= n; i++) {
		const struct run *r = &l->runs[(l->n_runs - i) % RUNS_KEPT];

		if (was >= r->was && was - r->was < r->n)
			return r->is + (was - r->was);
	}
	return 0;
}

static int on_event(void *ctx, struct event *e)
{
	struct logs *l = ctx;

	l->last++;
	if (e->record)
		note_record(l, e->record, l->last);
	e->record = l->last;
	l->ops->event(l->ctx, e);
	return 0;
}

static int on_finding(void *ctx, struct finding *f)
{
	struct logs *l = ctx;
	size_t kept = 0;

	for (size_t i = 0; i < finding_n_records(f); i++) {
		uint64_t record = record_now(l, f->records[i]);

		if (record)
			f->records[kept++] = record;
	}
	f->n_records = kept;
	l->ops->finding(l->ctx, f);
	return 0;
}

static void on_problem(void *ctx, const char *unit, uint64_t at, const char *where, const char *why)
{
	struct logs *l = ctx;

	l->problems++;
	l->ops->problem(l->ctx, l->current->name, unit, at, where, why);
}

static void read_log(struct logs *l, const struct log *log, bool recover,
		     struct winlog_counts *counts)
{
	static const struct winlog_input_ops ops = {
		.event = on_event, .finding = on_finding, .problem = on_problem};
	struct winlog_input in = {.fd = log->fd, .kind = log->kind, .recover = recover};
	uint64_t before = counts->records;
	int rc = 0;

	l->current = log;
	l->problems = 0;
	l->n_runs = 0;
	if (in.fd < 0)
		in.fd = open(log->name, O_RDONLY | O_CLOEXEC);
	rc = in.fd < 0 ? -errno : winlog_read(&in, &ops, l, counts);
	if (in.fd >= 0 && in.fd != log->fd)
		close(in.fd);
	if (rc < 0 || l->problems)
		l->ops->failed(l->ctx, log->name, rc, counts->records > before);
}

void logs_read(struct logs *l, bool recover, uint64_t last, const struct logs_ops *ops, void *ctx,
	       struct winlog_counts *counts)
{
	l->ops = ops;
	l->ctx = ctx;
	l->last = last;
	for (size_t i = 0; i < l->n; i++)
		if (l->log[i].kind != WINLOG_NONE)
			read_log(l, &l->log[i], recover, counts);
}
