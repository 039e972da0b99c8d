#include "netlogonreplay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "carrier/conn.h"
#include "source/input.h"
#include "wire/flow.h"

struct play {
	struct netlogonreplay *r;
	struct netlogon *netlogon;
	struct packet packet;
};

struct sight {
	struct play *play;
	const struct flow *flow;
	const struct conn *conn;
};

static void put_hex(struct text *out, const char *label, struct span bytes)
{
	text_puts(out, label);
	for (size_t i = 0; i < bytes.len; i++)
		text_printf(out, "%02x", bytes.ptr[i]);
}

static void put(struct text *out, const char *label, const char *value)
{
	if (value)
		text_printf(out, " %s=%s", label, value);
}

static void put_end(struct text *out, const char *label, const struct endpoint *e)
{
	text_printf(out, " %s=", label);
	addr_format(out, &e->addr);
}

void netlogonreplay_line(struct text *out, const struct netlogon_logon *l)
{
	text_printf(out, "logon %llu/%llu op=%u", (unsigned long long)l->request.number,
		    (unsigned long long)l->response.number, l->opnum);
	put(out, "carrier", l->carrier);
	put_end(out, "client", &l->client);
	put_end(out, "server", &l->server);
	put(out, "channel", l->channel_account);
	put(out, "key", l->channel_key);
	if (l->has_channel_type)
		text_printf(out, " type=%u", l->channel_type);
	if (l->has_negotiate_flags)
		text_printf(out, " flags=%08x", l->negotiate_flags);
	text_printf(out, " %s-%s", l->aes ? "aes" : "rc4", l->sealed ? "sealed" : "signed");
	put(out, "os", l->server_os);
	put(out, "os-version", l->server_os_version);
	put(out, "dns", l->server_dns_name);
	put(out, "dc", l->dc_name);
	put(out, "bind-domain", l->bind_domain);
	put(out, "bind-computer", l->bind_computer);
	put(out, "computer", l->computer);
	text_printf(out, " level=%u control=%x id=%llx", l->level, l->parameter_control,
		    (unsigned long long)l->logon_id);
	put(out, "account", l->account);
	put(out, "domain", l->domain);
	put(out, "workstation", l->workstation);
	if (l->is_network) {
		put_hex(out, " challenge=", l->server_challenge);
		put_hex(out, " nt=", l->nt_response);
		put_hex(out, " lm=", l->lm_response);
	}
	if (l->has_status)
		text_printf(out, " status=%08x", l->status);
	put(out, "valid-account", l->valid_account);
	put(out, "valid-server", l->valid_logon_server);
	put(out, "valid-domain", l->valid_domain);
	put(out, "valid-dns", l->valid_dns_domain);
	put(out, "valid-upn", l->valid_upn);
	text_putc(out, '\n');
}

static void on_logon(void *ctx, const struct netlogon_logon *l)
{
	struct play *p = ctx;

	netlogonreplay_line(&p->r->log, l);
}

static void on_problem(void *ctx, const struct netlogon_problem *problem)
{
	struct play *p = ctx;

	text_puts(&p->r->log, "problem ");
	netlogon_problem_format(&p->r->log, problem);
	text_putc(&p->r->log, '\n');
}

static void on_malformed(void *ctx, const char *where, const char *why, size_t pos)
{
	struct play *p = ctx;

	text_printf(&p->r->log, "malformed %s: %s at %zu\n", where, why, pos);
}

static const struct netlogon_ops netlogon_ops = {
	.logon = on_logon,
	.problem = on_problem,
	.malformed = on_malformed,
};

static void hand_in(struct play *p, const struct netlogon_place *where,
		    const struct sighting_netlogon *s)
{
	/* an exact copy on the heap, so that a sanitizer sees any read beyond it */
	uint8_t *copy = malloc(s->pdu.len ? s->pdu.len : 1);
	struct sighting_netlogon mine = *s;

	if (!copy)
		abort();
	if (s->pdu.len)
		memcpy(copy, s->pdu.ptr, s->pdu.len);
	if (p->r->damage && p->r->damage < s->pdu.len)
		copy[p->r->damage] ^= 1;
	mine.pdu = span_make(copy, s->pdu.len);
	netlogon_pdu(p->netlogon, where, &mine);
	free(copy);
}

static void on_netlogon(void *ctx, const struct sighting_netlogon *s)
{
	struct sight *sight = ctx;
	struct netlogon_place where = {
		.flow = sight->flow->id,
		.end = sight->flow->end,
		.carrier = sight->conn->carrier ? sight->conn->carrier->name : "unknown",
		.packet = &sight->play->packet,
	};

	sight->play->r->pdus++;
	hand_in(sight->play, &where, s);
	if (sight->play->r->twice)
		hand_in(sight->play, &where, s);
}

static void no_token(void *ctx, const struct sighting_token *s)
{
	(void)ctx, (void)s;
}

static void no_classic(void *ctx, const struct sighting_classic *s)
{
	(void)ctx, (void)s;
}

static void no_answer(void *ctx, const struct sighting_answer *s)
{
	(void)ctx, (void)s;
}

static void no_target(void *ctx, const struct sighting_target *s)
{
	(void)ctx, (void)s;
}

static void no_malformed(void *ctx, const char *where, const char *why, size_t pos)
{
	(void)ctx, (void)where, (void)why, (void)pos;
}

static const struct sighting_ops sighting_ops = {
	.token = no_token,
	.classic = no_classic,
	.answer = no_answer,
	.target = no_target,
	.malformed = no_malformed,
	.netlogon = on_netlogon,
};

static struct conn *conn_of(struct flow *f)
{
	struct conn *c = f->user;

	if (c)
		return c;
	c = malloc(sizeof(*c));
	if (!c)
		abort();
	conn_init(c, f->end[0].port, f->end[1].port);
	f->user = c;
	return c;
}

static void on_data(void *ctx, struct flow *f, enum stream_dir d, struct span view,
		    const struct packet *p, struct appetite *ret)
{
	struct play *play = ctx;
	struct conn *c = conn_of(f);
	struct sight sight = {.play = play, .flow = f, .conn = c};
	struct carrier_env env = {.ops = &sighting_ops, .ctx = &sight, .tally = &play->r->tally};

	(void)p;
	conn_data(c, &env, d, view, ret);
}

static void on_gap(void *ctx, struct flow *f, enum stream_dir d, const struct packet *p)
{
	struct play *play = ctx;
	struct sight sight = {.play = play, .flow = f, .conn = f->user};
	struct carrier_env env = {.ops = &sighting_ops, .ctx = &sight, .tally = &play->r->tally};

	(void)p;
	if (f->user)
		conn_gap(f->user, &env, d);
}

static void on_close(void *ctx, struct flow *f)
{
	struct play *play = ctx;

	netlogon_flow_closed(play->netlogon, f->id);
	if (f->user)
		conn_finish(f->user);
	free(f->user);
	f->user = NULL;
}

void netlogonreplay_init(struct netlogonreplay *r, const struct netlogon_keys *keys)
{
	*r = (struct netlogonreplay){.keys = keys};
	text_init(&r->log, (size_t)16 << 20);
}

void netlogonreplay_finish(struct netlogonreplay *r)
{
	text_finish(&r->log);
}

static void play_packet(struct play *p, struct flow_table *flows)
{
	const struct netlogonreplay *r = p->r;

	if (p->packet.number < r->from || (r->to && p->packet.number > r->to) ||
	    p->packet.number == r->leave_out)
		return;
	netlogon_tick(p->netlogon, p->packet.time);
	flow_table_packet(flows, &p->packet);
}

int netlogonreplay_read(struct netlogonreplay *r, const char *path)
{
	static const struct flow_ops ops = {.data = on_data, .gap = on_gap, .close = on_close};
	struct play p = {.r = r};
	struct flow_table *flows = NULL;
	struct input *in = NULL;
	struct text why;
	int rc;

	text_init(&why, 1024);
	rc = input_open(path, &why, &in);
	if (rc == 0)
		rc = netlogon_new(r->keys, &netlogon_ops, &p, &r->tally, &p.netlogon);
	if (rc == 0)
		rc = flow_table_new(&flow_limits_default, &ops, &p, &r->tally, &flows);
	while (rc == 0 && input_next(in, &p.packet, &why) > 0)
		play_packet(&p, flows);
	if (flows)
		flow_table_flush(flows);
	flow_table_free(flows);
	netlogon_free(p.netlogon);
	input_close(in);
	text_finish(&why);
	return rc;
}

struct netlogon_keys *netlogonreplay_keys(const char *const paths[], size_t n)
{
	struct netlogon_keys *keys = NULL;

	if (netlogon_keys_new(&keys) != 0)
		abort();
	for (size_t i = 0; i < n; i++) {
		struct netlogon_keys_found found;
		int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
		int rc = fd < 0 ? -errno : netlogon_keys_read(keys, fd, &found);

		if (fd >= 0)
			close(fd);
		if (rc != 0) {
			netlogon_keys_free(keys);
			return NULL;
		}
	}
	return keys;
}
