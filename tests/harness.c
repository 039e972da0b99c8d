#include "harness.h"

#include <stdlib.h>

static void put_hex(struct text *out, struct span bytes, size_t max)
{
	for (size_t i = 0; i < bytes.len && i < max; i++)
		text_printf(out, "%02x", bytes.ptr[i]);
}

static void on_token(void *ctx, const struct sighting_token *s)
{
	struct harness *h = ctx;

	text_printf(&h->log, "token key=%llu dir=%d direct=%d len=%zu ", (unsigned long long)s->key,
		    (int)s->dir, s->direct, s->bytes.len);
	put_hex(&h->log, s->bytes, 16);
	text_putc(&h->log, '\n');
}

static void on_classic(void *ctx, const struct sighting_classic *s)
{
	struct harness *h = ctx;

	text_printf(&h->log, "classic key=%llu dir=%d unicode=%d user=", (unsigned long long)s->key,
		    (int)s->dir, s->unicode);
	put_hex(&h->log, s->user, SIZE_MAX);
	text_puts(&h->log, " domain=");
	put_hex(&h->log, s->domain, SIZE_MAX);
	text_printf(&h->log, " lm=%zu nt=%zu challenge=%zu\n", s->lm_response.len,
		    s->nt_response.len, s->server_challenge.len);
}

static void on_answer(void *ctx, const struct sighting_answer *s)
{
	struct harness *h = ctx;

	text_printf(&h->log, "answer key=%llu dir=%d status=0x%08x target_follows=%d\n",
		    (unsigned long long)s->key, (int)s->dir, s->status, s->target_follows);
}

static void on_target(void *ctx, const struct sighting_target *s)
{
	struct harness *h = ctx;

	text_printf(&h->log, "target key=%llu service=%s host=%.*s\n", (unsigned long long)s->key,
		    s->service, (int)s->host.len, (const char *)s->host.ptr);
}

static void on_encrypted(void *ctx, const struct sighting_encrypted *s)
{
	struct harness *h = ctx;

	text_printf(&h->log, "encrypted %s server_name=%.*s\n", s->protocol,
		    (int)s->server_name.len, (const char *)s->server_name.ptr);
}

static void on_message(void *ctx, const struct sighting_message *s)
{
	struct harness *h = ctx;

	text_printf(&h->log, "message %s dir=%d len=%zu ",
		    s->kind == MESSAGE_DNS ? "dns" : "kerberos", (int)s->dir, s->bytes.len);
	put_hex(&h->log, s->bytes, 16);
	text_putc(&h->log, '\n');
}

static void on_malformed(void *ctx, const char *where, const char *why, size_t pos)
{
	struct harness *h = ctx;

	text_printf(&h->log, "malformed %s: %s at %zu\n", where, why, pos);
}

static const struct sighting_ops harness_ops = {
	.token = on_token,
	.classic = on_classic,
	.answer = on_answer,
	.target = on_target,
	.message = on_message,
	.encrypted = on_encrypted,
	.malformed = on_malformed,
};

void harness_init(struct harness *h, const struct carrier *carrier)
{
	*h = (struct harness){.carrier = carrier};
	h->state = calloc(1, carrier->state_size ? carrier->state_size : 1);
	h->env = (struct carrier_env){.ops = &harness_ops, .ctx = h, .tally = &h->tally};
	text_init(&h->log, (size_t)1 << 20);
	if (!h->state)
		abort();
}

void harness_finish(struct harness *h)
{
	if (h->carrier->finish)
		h->carrier->finish(h->state);
	free(h->state);
	for (int d = 0; d < STREAM_DIR__COUNT; d++)
		free(h->half[d].ptr);
	text_finish(&h->log);
}

/* Passes over what is to be skipped, as far as it has come. */
static void drop_skipped(struct harness *h, enum stream_dir d)
{
	size_t n = h->half[d].skip < h->half[d].len ? (size_t)h->half[d].skip : h->half[d].len;

	if (n)
		memmove(h->half[d].ptr, h->half[d].ptr + n, h->half[d].len - n);
	h->half[d].len -= n;
	h->half[d].skip -= n;
}

static void deliver(struct harness *h, enum stream_dir d)
{
	size_t want = h->half[d].want ? h->half[d].want : 1;

	while (h->rc == 0 && !h->half[d].never && h->half[d].skip == 0 && h->half[d].len >= want) {
		struct appetite a = {0};
		size_t had = h->half[d].len;
		/* an exact copy on the heap, so that a sanitizer sees any read beyond the view */
		uint8_t *view = malloc(had);

		if (!view)
			abort();
		memcpy(view, h->half[d].ptr, had);
		h->rc = h->carrier->data(h->state, &h->env, d, span_make(view, had), &a);
		free(view);
		if (a.want > STREAM_WANT_MAX && !a.never)
			abort(); /* a carrier must not ask for that much */
		h->half[d].never = a.never;
		h->half[d].skip = a.skip;
		want = a.want ? a.want : 1;
		if (a.skip == 0 && want <= had)
			want = had + 1;
		h->half[d].want = want;
		drop_skipped(h, d);
	}
}

void harness_feed(struct harness *h, enum stream_dir d, const void *bytes, size_t len)
{
	uint8_t *grown;

	if (h->half[d].never || len == 0)
		return;
	grown = realloc(h->half[d].ptr, h->half[d].len + len);
	if (!grown)
		abort();
	h->half[d].ptr = grown;
	memcpy(grown + h->half[d].len, bytes, len);
	h->half[d].len += len;
	drop_skipped(h, d);
	deliver(h, d);
}

void harness_gap(struct harness *h, enum stream_dir d)
{
	h->half[d].len = 0;
	h->half[d].skip = 0;
	h->half[d].want = 0;
	if (h->carrier->gap)
		h->carrier->gap(h->state, &h->env, d);
}

void harness_fuzz(const struct carrier *carrier, const uint8_t *data, size_t size)
{
	struct harness h;
	size_t i = 0, want;

	harness_init(&h, carrier);
	while (size - i >= 3) {
		enum stream_dir d = data[i] & 1 ? STREAM_B_TO_A : STREAM_A_TO_B;
		size_t n = (size_t)(data[i + 1] | data[i + 2] << 8);

		if (data[i] & 0x80)
			harness_gap(&h, d);
		i += 3;
		n = n < size - i ? n : size - i;
		(void)carrier->probe(span_make(data + i, n), &want);
		harness_feed(&h, d, data + i, n);
		i += n;
	}
	harness_finish(&h);
}
