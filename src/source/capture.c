#include "source/capture.h"

#include <errno.h>

#include "base/mem.h"
#include "carrier/conn.h"
#include "source/encrypted.h"
#include "source/merge.h"
#include "source/samba.h"
#include "source/udp.h"
#include "why/why.h"
#include "wire/flow.h"

#define PROGRESS_PACKETS 16384

struct capture {
	const struct capture_ops *ops;
	void *ctx;
	struct tally *tally;
	struct audit *audit;
	struct flow_table *flows;
	struct udp_table *udp;
	struct why *why;
	struct encrypted_table *encrypted;
	struct netlogon *netlogon;
	struct log_hosts *hosts; /* NULL: no logs are read */
	struct merge *merge;	 /* NULL: live */
	struct audit_ops audit_ops;
	struct packet packet; /* being read, or read last */
};

/* What a carrier's sightings come back with. */
struct sight {
	struct capture *capture;
	const struct flow *flow;
	const struct conn *conn;
};

static struct audit_place place_of(const struct sight *s, const char *carrier)
{
	return (struct audit_place){
		.flow = s->flow->id,
		.end = s->flow->end,
		.carrier = carrier	      ? carrier
			   : s->conn->carrier ? s->conn->carrier->name
					      : "unknown",
		.packet = &s->capture->packet,
	};
}

static void on_token(void *ctx, const struct sighting_token *t)
{
	const struct sight *s = ctx;
	struct audit_place place = place_of(s, t->carrier);

	audit_token(s->capture->audit, &place, t);
}

static void on_classic(void *ctx, const struct sighting_classic *t)
{
	const struct sight *s = ctx;
	struct audit_place place = place_of(s, t->carrier);

	audit_classic(s->capture->audit, &place, t);
}

static void on_answer(void *ctx, const struct sighting_answer *t)
{
	const struct sight *s = ctx;
	struct audit_place place = place_of(s, NULL);

	audit_answer(s->capture->audit, &place, t);
}

static void on_target(void *ctx, const struct sighting_target *t)
{
	const struct sight *s = ctx;
	struct audit_place place = place_of(s, NULL);

	audit_target(s->capture->audit, &place, t);
}

static void on_message(void *ctx, const struct sighting_message *m)
{
	static void (*const tell[])(struct why *, const struct endpoint[2], struct span,
				    const struct packet *) = {
		[MESSAGE_KERBEROS] = why_kerberos,
		[MESSAGE_DNS] = why_dns,
	};
	const struct sight *s = ctx;
	const struct endpoint end[2] = {s->flow->end[m->dir], s->flow->end[stream_other(m->dir)]};

	tell[m->kind](s->capture->why, end, m->bytes, &s->capture->packet);
}

static void on_encrypted(void *ctx, const struct sighting_encrypted *t)
{
	const struct sight *s = ctx;

	encrypted_note(s->capture->encrypted, s->flow, t);
}

static void report_malformed(struct capture *c, const char *where, const char *why, size_t pos)
{
	c->ops->malformed(c->ctx, c->packet.source, c->packet.number, where, why, pos);
}

static void on_carrier_malformed(void *ctx, const char *where, const char *why, size_t pos)
{
	const struct sight *s = ctx;

	report_malformed(s->capture, where, why, pos);
}

static void on_netlogon(void *ctx, const struct sighting_netlogon *t)
{
	const struct sight *s = ctx;
	const struct netlogon_place place = {
		.flow = s->flow->id,
		.end = s->flow->end,
		.carrier = s->conn->carrier ? s->conn->carrier->name : "unknown",
		.packet = &s->capture->packet,
	};

	netlogon_pdu(s->capture->netlogon, &place, t);
}

static const struct sighting_ops sighting_ops = {
	.token = on_token,
	.classic = on_classic,
	.answer = on_answer,
	.target = on_target,
	.message = on_message,
	.encrypted = on_encrypted,
	.netlogon = on_netlogon,
	.malformed = on_carrier_malformed,
};

/* The connection of a flow; NULL without memory (counted). */
static struct conn *conn_of(struct capture *c, struct flow *f)
{
	struct conn *conn = f->user;

	if (conn)
		return conn;
	conn = mem_alloc(sizeof(*conn));
	if (!conn) {
		tally_one(c->tally, TALLY_NO_MEMORY);
		return NULL;
	}
	conn_init(conn, f->end[0].port, f->end[1].port);
	f->user = conn;
	return conn;
}

static void on_data(void *ctx, struct flow *f, enum stream_dir d, struct span view,
		    const struct packet *p, struct appetite *ret_appetite)
{
	struct capture *c = ctx;
	struct conn *conn = conn_of(c, f);
	struct sight sight = {.capture = c, .flow = f, .conn = conn};
	struct carrier_env env = {.ops = &sighting_ops, .ctx = &sight, .tally = c->tally};

	(void)p;
	if (conn)
		conn_data(conn, &env, d, view, ret_appetite);
	else
		ret_appetite->skip = view.len;
}

static void on_gap(void *ctx, struct flow *f, enum stream_dir d, const struct packet *p)
{
	struct capture *c = ctx;
	struct conn *conn = f->user;
	struct sight sight = {.capture = c, .flow = f, .conn = conn};
	struct carrier_env env = {.ops = &sighting_ops, .ctx = &sight, .tally = c->tally};

	(void)p;
	if (conn)
		conn_gap(conn, &env, d);
}

static void on_close(void *ctx, struct flow *f)
{
	struct capture *c = ctx;

	if (!f->user)
		return;
	audit_flow_closed(c->audit, f->id);
	netlogon_flow_closed(c->netlogon, f->id);
	conn_finish(f->user);
	mem_free(f->user);
	f->user = NULL;
}

static void on_attempt(void *ctx, const struct endpoint end[2], enum attempt how,
		       const struct packet *p)
{
	why_attempt(((struct capture *)ctx)->why, end, how, p);
}

static void on_datagram(void *ctx, const struct endpoint end[2], struct span payload, bool cut,
			const struct packet *p)
{
	struct capture *c = ctx;
	struct sight sight = {.capture = c};
	struct carrier_env env = {.ops = &sighting_ops, .ctx = &sight, .tally = c->tally};
	enum stream_dir d;
	struct udp_flow *f = udp_table_find(c->udp, end, payload, &d);

	if (!cut)
		why_datagram(c->why, end, payload, p);
	if (!f)
		return;
	sight.flow = &f->flow;
	sight.conn = &f->conn;
	udp_flow_read(f, &env, d, payload);
}

static void on_udp_close(void *ctx, uint64_t flow_id)
{
	audit_flow_closed(((struct capture *)ctx)->audit, flow_id);
}

static void on_unreachable(void *ctx, const struct endpoint end[2], uint8_t protocol,
			   const struct addr *reporter, uint8_t code, const struct packet *p)
{
	why_unreachable(((struct capture *)ctx)->why, end, protocol, reporter, code, p);
}

static const struct flow_ops flow_ops = {
	.data = on_data,
	.gap = on_gap,
	.close = on_close,
	.attempt = on_attempt,
	.datagram = on_datagram,
	.unreachable = on_unreachable,
};

static void on_event(void *ctx, const struct event *e)
{
	struct capture *c = ctx;

	c->ops->event(c->ctx, e);
}

static void on_finding(void *ctx, const struct finding *f)
{
	struct capture *c = ctx;

	if (c->ops->finding)
		c->ops->finding(c->ctx, f);
}

static void on_audit_malformed(void *ctx, const char *where, const char *why, size_t pos)
{
	report_malformed(ctx, where, why, pos);
}

static const char *on_own_name(void *ctx, const struct addr *a)
{
	struct capture *c = ctx;

	return c->ops->own_name(c->ctx, a);
}

static void on_problem(void *ctx, const char *name, const char *why, bool partly)
{
	struct capture *c = ctx;

	if (partly)
		tally_one(c->tally, TALLY_TRUNCATED_CAPTURES);
	c->ops->problem(c->ctx, name, why, partly);
}

static void on_logon(void *ctx, const struct netlogon_logon *l)
{
	audit_netlogon(((struct capture *)ctx)->audit, l);
}

static void on_sealed(void *ctx, const struct netlogon_problem *p)
{
	struct capture *c = ctx;
	struct text line;

	/* of others' controllers a host tells nothing anyway */
	if (!c->ops->sealed || (c->ops->own_name && !on_own_name(c, &p->server.addr)))
		return;
	text_init(&line, 2048);
	netlogon_problem_format(&line, p);
	if (line.len)
		c->ops->sealed(c->ctx, line.ptr);
	text_finish(&line);
}

static const struct netlogon_ops netlogon_ops = {
	.logon = on_logon,
	.problem = on_sealed,
	.malformed = on_audit_malformed,
};

static void tell_kerberos(struct capture *c, const struct samba_line *line)
{
	struct span user, domain;
	struct text texts;

	if (!c->ops->kerberos || !samba_kerberos(line, &user, &domain))
		return;
	text_init(&texts, 0);
	text_add(&texts, user.ptr, user.len);
	text_putc(&texts, '\0');
	text_add(&texts, domain.ptr, domain.len);
	if (!texts.failed)
		c->ops->kerberos(c->ctx, texts.ptr, texts.ptr + user.len + 1, line->time);
	text_finish(&texts);
}

static void read_line(struct capture *c, const struct capture_line *l)
{
	struct audit_log log = {.source = l->source, .computer = l->computer};

	tally_one(c->tally, TALLY_LINES);
	if (l->line->why) {
		tally_one(c->tally, TALLY_LINES_MALFORMED);
		c->ops->malformed(c->ctx, l->source, l->number, "line", l->line->why,
				  l->line->why_pos);
		return;
	}
	if (audit_join(c->audit) < 0)
		tally_one(c->tally, TALLY_NO_MEMORY);
	log.host = log_hosts_line(c->hosts, l->source, &l->line->line);
	audit_samba(c->audit, &log, &l->line->line);
	tell_kerberos(c, &l->line->line);
}

int capture_log(struct capture *c, const char *name, const struct samba_host *host)
{
	int rc;

	if (!c->hosts)
		c->hosts = log_hosts_live();
	rc = c->hosts ? log_hosts_add(c->hosts, name, host) : -ENOMEM;
	return rc < 0 ? rc : audit_join(c->audit);
}

void capture_line(struct capture *c, const struct capture_line *l, int64_t now)
{
	audit_tick(c->audit, now);
	netlogon_tick(c->netlogon, now);
	read_line(c, l);
}

void capture_packet(struct capture *c, const struct packet *p)
{
	c->packet = *p;
	audit_tick(c->audit, p->time);
	netlogon_tick(c->netlogon, p->time);
	if (p->line) {
		read_line(c, &(struct capture_line){
				     .source = p->source, .number = p->number, .line = p->line});
	} else if (p->data.len) {
		flow_table_packet(c->flows, p);
	} else { /* a record about the capture itself */
		tally_one(c->tally, TALLY_PACKETS);
		tally_one(c->tally, TALLY_LINK_OTHER);
	}
}

void capture_idle(struct capture *c, int64_t now)
{
	flow_table_idle(c->flows, now);
	netlogon_tick(c->netlogon, now);
	audit_tick(c->audit, now);
}

int64_t capture_oldest(const struct capture *c)
{
	return audit_oldest(c->audit);
}

void capture_end(struct capture *c)
{
	flow_table_flush(c->flows);
	netlogon_flush(c->netlogon);
	audit_flush(c->audit);
	if (c->ops->encrypted)
		encrypted_each(c->encrypted, c->ops->encrypted, c->ctx);
}

static int make_parts(struct capture *c, const uint8_t key[AUDIT_KEY_SIZE])
{
	int rc = why_new(c->tally, &c->why);

	if (rc == 0)
		rc = encrypted_new(&c->encrypted);
	if (rc == 0)
		rc = audit_new(key, c->why, &c->audit_ops, c, c->tally, &c->audit);
	if (rc == 0)
		rc = netlogon_new(c->ops->keys, &netlogon_ops, c, c->tally, &c->netlogon);
	if (rc == 0)
		rc = flow_table_new(&flow_limits_default, &flow_ops, c, c->tally, &c->flows);
	return rc < 0 ? rc : udp_table_new(on_udp_close, c, c->tally, &c->udp);
}

void capture_set_cloud_suffixes(struct capture *c, const char *const suffixes[], size_t n)
{
	audit_set_cloud_suffixes(c->audit, suffixes, n);
}

int capture_set_keys(struct capture *c, const struct netlogon_keys *keys)
{
	netlogon_set_keys(c->netlogon, keys);
	if (!keys || netlogon_keys_accounts(keys) + netlogon_keys_sessions(keys) == 0)
		return 0;
	return audit_join(c->audit);
}

int capture_new(const uint8_t key[AUDIT_KEY_SIZE], const struct capture_ops *ops, void *ctx,
		struct tally *tally, struct capture **ret_capture)
{
	struct capture *c = mem_zalloc(1, sizeof(*c));
	int rc;

	if (!c)
		return -ENOMEM;
	c->ops = ops;
	c->ctx = ctx;
	c->tally = tally;
	c->audit_ops = (struct audit_ops){
		.event = on_event,
		.finding = on_finding,
		.malformed = on_audit_malformed,
		.own_name = ops->own_name ? on_own_name : NULL,
		.live = ops->live,
	};
	rc = make_parts(c, key);
	if (rc < 0) {
		capture_free(c);
		return rc;
	}
	capture_set_cloud_suffixes(c, ops->cloud_suffixes, ops->n_cloud_suffixes);
	*ret_capture = c;
	return 0;
}

void capture_free(struct capture *c)
{
	if (!c)
		return;
	udp_table_free(c->udp);
	flow_table_free(c->flows); /* closes flows, which end exchanges: before the audit */
	netlogon_free(c->netlogon);
	audit_free(c->audit);
	why_free(c->why);
	encrypted_free(c->encrypted);
	log_hosts_free(c->hosts);
	mem_free(c);
}

static void tell_progress(const struct capture *c)
{
	uint64_t done, total;

	merge_progress(c->merge, &done, &total);
	c->ops->progress(c->ctx, done, total);
}

static void read_all(struct capture *c)
{
	struct packet packet;

	for (uint64_t n = 1; merge_next(c->merge, &packet) > 0; n++) {
		capture_packet(c, &packet);
		if (n % PROGRESS_PACKETS == 0)
			tell_progress(c);
	}
	capture_end(c);
}

/* Nothing comes: what waits for others of its logon waits no longer, unless another file has more of the same time. */
static void on_quiet(void *ctx)
{
	struct capture *c = ctx;

	if (c->merge && merge_is_last(c->merge))
		audit_quiet(c->audit);
	if (c->merge)
		tell_progress(c);
}

int capture_read(const char *const names[], size_t n, const uint8_t key[AUDIT_KEY_SIZE],
		 const struct capture_ops *ops, void *ctx, struct tally *tally)
{
	static const struct merge_ops merge_ops = {.problem = on_problem, .idle = on_quiet};
	struct capture *c = NULL;
	struct merge *m;
	int rc = capture_new(key, ops, ctx, tally, &c);

	if (rc == 0)
		rc = log_hosts_new(names, n, ops->smb_conf, &c->hosts);
	/* where there is nothing but captures, and no key, each event is told of once */
	if (rc == 0 && (ops->keys || log_hosts_any(c->hosts)))
		rc = audit_join(c->audit);
	if (rc == 0)
		rc = merge_open(names, n, &merge_ops, c, &c->merge);
	if (rc == 0)
		read_all(c);
	m = c ? c->merge : NULL;
	capture_free(c);
	merge_close(m);
	return rc;
}
