/*
 * DCE/RPC in named pipes. A handle is known as a pipe by what is written to it, not by its name, so
 * that a capture that begins late loses nothing and bulk data of files is passed over. Its
 * invariant: a pipe keeps its index while it is tracked, and the keys of its sightings begin at (1
 * + index) << 32, beyond those of session slots.
 */
#include "carrier/smb.h"

#include "base/mem.h"
#include "carrier/dcerpc-netlogon.h"
#include "carrier/dcerpc-pdu.h"
#include "carrier/dcerpc.h"

#define PIPES_FIRST 2
#define PIPES_MAX 64
#define READS_MAX 16
#define HELD_MAX ((size_t)128 * 1024) /* bytes of unfinished fragments in all pipes */

struct pipe {
	struct smb_file file;
	uint32_t used; /* when last touched; 0 = free */
	struct dcerpc rpc;
};

/* A request whose response does not name the handle. */
struct pipe_read {
	struct smb_file file;
	uint64_t mid;
	bool pending;
};

struct smb_pipes {
	struct pipe *pipes; /* owned; grows */
	size_t n;
	uint32_t clock;
	unsigned next_read;
	struct pipe_read reads[READS_MAX]; /* a ring */
};

static bool same_file(const struct smb_file *a, const struct smb_file *b)
{
	return a->dialect == b->dialect && a->session == b->session && a->id[0] == b->id[0] &&
	       a->id[1] == b->id[1];
}

static void pipe_drop(struct pipe *pipe)
{
	dcerpc_finish(&pipe->rpc);
	*pipe = (struct pipe){0};
}

static struct pipe *pipe_find(const struct smb *s, const struct smb_file *file)
{
	if (!s->pipes)
		return NULL;
	for (size_t i = 0; i < s->pipes->n; i++) {
		struct pipe *pipe = &s->pipes->pipes[i];

		if (pipe->used && same_file(&pipe->file, file))
			return pipe;
	}
	return NULL;
}

/* Least recently used, a free one first; NULL where there is none at all. */
static struct pipe *pipe_oldest(struct smb_pipes *pipes)
{
	struct pipe *best = pipes->pipes;

	for (size_t i = 0; i < pipes->n; i++)
		if (pipes->pipes[i].used < best->used)
			best = &pipes->pipes[i];
	return best;
}

static bool grow(struct smb_pipes *pipes)
{
	size_t n = pipes->n ? pipes->n * 2 : PIPES_FIRST;
	struct pipe *grown;

	if (n > PIPES_MAX)
		return false;
	grown = mem_realloc(pipes->pipes, n * sizeof(*grown));
	if (!grown)
		return false;
	memset(grown + pipes->n, 0, (n - pipes->n) * sizeof(*grown));
	pipes->pipes = grown;
	pipes->n = n;
	return true;
}

static void remember_read(struct smb_pipes *pipes, const struct smb_file *file, uint64_t mid)
{
	struct pipe_read *read = &pipes->reads[pipes->next_read];

	pipes->next_read = (pipes->next_read + 1) % READS_MAX;
	*read = (struct pipe_read){.file = *file, .mid = mid, .pending = true};
}

static struct pipe *pipe_new(const struct smb_pdu *p, const struct smb_file *file)
{
	struct smb *s = p->smb;
	struct pipe *pipe;

	if (!s->pipes)
		s->pipes = mem_zalloc(1, sizeof(*s->pipes));
	pipe = s->pipes ? pipe_oldest(s->pipes) : NULL;
	if (s->pipes && (!pipe || pipe->used) && grow(s->pipes))
		pipe = pipe_oldest(s->pipes);
	if (!pipe) {
		tally_one(p->env->tally, TALLY_NO_MEMORY);
		return NULL;
	}
	if (pipe->used)
		tally_one(p->env->tally, TALLY_CARRIER_LIMIT);
	pipe_drop(pipe);
	pipe->file = *file;
	pipe->used = ++s->pipes->clock;
	if (same_file(&s->read_file, file))
		remember_read(s->pipes, file, s->read_mid);
	return pipe;
}

/* A request that a secure channel may have secured: its bind was before the capture began. */
static bool is_secured_request(const struct smb_pdu *p, struct span data)
{
	struct dcerpc_pdu pdu;
	const char *why;

	return p->env->ops->netlogon && data.ptr[2] == DCERPC_REQUEST &&
	       dcerpc_pdu_decode(data, &pdu, &why) == 0 && dcerpc_netlogon_plausible(&pdu);
}

/*
 * Is the handle a pipe, known or by these bytes? *ret_need as a handler answers it. A bind begins a
 * new association, also on a handle whose number was used before.
 */
static struct pipe *recognise(const struct smb_pdu *p, const struct smb_file *file,
			      struct span data, size_t len, size_t *ret_need)
{
	struct pipe *pipe = pipe_find(p->smb, file);
	size_t want = 0;
	uint8_t type;

	*ret_need = 0;
	if (p->response || len < DCERPC_HEADER_SIZE)
		return pipe;
	if (data.len < DCERPC_HEADER_SIZE) {
		*ret_need = DCERPC_HEADER_SIZE;
		return NULL;
	}
	if (dcerpc_probe(data, &want) != CARRIER_YES)
		return pipe;
	type = data.ptr[2];
	if (pipe && type == DCERPC_BIND)
		pipe_drop(pipe);
	if (pipe && type != DCERPC_BIND)
		return pipe;
	if (type == DCERPC_BIND || type == DCERPC_ALTER_CONTEXT || type == DCERPC_AUTH3 ||
	    is_secured_request(p, data))
		return pipe_new(p, file);
	return NULL;
}

/* Unfinished fragments are bounded over all pipes: the others forget theirs. */
static void bound_held(const struct smb_pdu *p, const struct pipe *last)
{
	struct smb_pipes *pipes = p->smb->pipes;
	size_t held = 0;

	for (size_t i = 0; i < pipes->n; i++)
		held += pipes->pipes[i].rpc.half[0].cap + pipes->pipes[i].rpc.half[1].cap;
	if (held <= HELD_MAX)
		return;
	tally_one(p->env->tally, TALLY_CARRIER_LIMIT);
	for (size_t i = 0; i < pipes->n; i++)
		if (&pipes->pipes[i] != last)
			dcerpc_finish(&pipes->pipes[i].rpc);
}

size_t smb_pipe_data(const struct smb_pdu *p, const struct smb_file *file, size_t off, size_t len,
		     const char *where)
{
	struct smb_pipes *pipes;
	struct pipe *pipe;
	uint64_t key;
	size_t need;

	if (len == 0)
		return 0;
	if (off > p->len || len > p->len - off) {
		smb_malformed(p, where, "data out of range", p->len);
		return 0;
	}
	pipe = recognise(p, file, span_head(span_from(p->bytes, off), len), len, &need);
	if (need)
		return smb_have(p, off + need, where, &need) ? 0 : need;
	if (!pipe)
		return 0;
	pipes = p->smb->pipes;
	key = (uint64_t)(1 + (pipe - pipes->pipes)) << 32;
	if (!smb_have(p, off + len, where, &need)) {
		if (!need) /* longer than can be asked for */
			dcerpc_gap(&pipe->rpc, p->env, key, p->dir);
		return need;
	}
	pipe->used = ++pipes->clock;
	/* after an error it finds its place again by itself */
	(void)dcerpc_message(&pipe->rpc, p->env, key, p->dir, span_make(p->bytes.ptr + off, len));
	bound_held(p, pipe);
	return 0;
}

void smb_pipe_expect(const struct smb_pdu *p, const struct smb_file *file)
{
	struct smb *s = p->smb;

	if (pipe_find(s, file)) {
		remember_read(s->pipes, file, p->mid);
		return;
	}
	s->read_file = *file;
	s->read_mid = p->mid;
}

static struct pipe_read *find_read(const struct smb_pdu *p)
{
	struct smb_pipes *pipes = p->smb->pipes;

	for (size_t i = 0; pipes && i < READS_MAX; i++) {
		struct pipe_read *read = &pipes->reads[i];

		if (read->pending && read->mid == p->mid && read->file.dialect == p->dialect)
			return read;
	}
	return NULL;
}

bool smb_pipe_expected(const struct smb_pdu *p, struct smb_file *ret_file)
{
	const struct pipe_read *read = find_read(p);

	if (read)
		*ret_file = read->file;
	return read;
}

void smb_pipe_received(const struct smb_pdu *p)
{
	struct pipe_read *read = find_read(p);

	if (read)
		read->pending = false;
}

void smb_pipe_close(const struct smb_pdu *p, const struct smb_file *file)
{
	struct pipe *pipe = pipe_find(p->smb, file);

	if (pipe)
		pipe_drop(pipe);
}

void smb_pipe_finish(struct smb *s)
{
	if (!s->pipes)
		return;
	for (size_t i = 0; i < s->pipes->n; i++)
		dcerpc_finish(&s->pipes->pipes[i].rpc);
	mem_free(s->pipes->pipes);
	mem_free(s->pipes);
	s->pipes = NULL;
}
