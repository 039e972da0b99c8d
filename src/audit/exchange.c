#include "audit/exchange.h"

#include "base/mem.h"

static const struct {
	const char *windows, *name;
} response_kinds[RESPONSE__COUNT] = {
	[RESPONSE_UNKNOWN] = {NULL, NULL},	  [RESPONSE_NULL_SESSION] = {NULL, "null session"},
	[RESPONSE_LM] = {"NTLMv1", "LM"},	  [RESPONSE_LMV2] = {"NTLMv2", "LMv2"},
	[RESPONSE_NTLMV1] = {"NTLMv1", "NTLMv1"}, [RESPONSE_NTLMV1_ESS] = {"NTLMv1", "NTLMv1-ESS"},
	[RESPONSE_NTLMV2] = {"NTLMv2", "NTLMv2"}, [RESPONSE_MSCHAPV2] = {"NTLMv1", "MS-CHAPv2"},
};

const char *response_kind_windows(enum response_kind kind)
{
	return response_kinds[kind].windows;
}

const char *response_kind_name(enum response_kind kind)
{
	return response_kinds[kind].name;
}

/* Buckets go by flow alone, so that a flow's end finds its exchanges in one of them. */
static struct exchange **bucket_of(struct exchange_table *t, uint64_t flow)
{
	return &t->bucket[hash_bytes(&t->hash, span_make(&flow, sizeof(flow))) % EXCHANGE_BUCKETS];
}

struct exchange *exchange_find(struct exchange_table *t, uint64_t flow, uint64_t key)
{
	struct exchange *x = *bucket_of(t, flow);

	while (x && (x->flow != flow || x->key != key))
		x = x->chain;
	return x;
}

struct exchange *exchange_of_flow(struct exchange_table *t, uint64_t flow)
{
	struct exchange *x = *bucket_of(t, flow);

	while (x && x->flow != flow)
		x = x->chain;
	return x;
}

static void list_remove(struct exchange_table *t, struct exchange *x)
{
	if (x->older)
		x->older->newer = x->newer;
	else
		t->list[x->state].oldest = x->newer;
	if (x->newer)
		x->newer->older = x->older;
	else
		t->list[x->state].newest = x->older;
}

static void list_append(struct exchange_table *t, struct exchange *x)
{
	x->newer = NULL;
	x->older = t->list[x->state].newest;
	if (x->older)
		x->older->newer = x;
	else
		t->list[x->state].oldest = x;
	t->list[x->state].newest = x;
}

struct exchange *exchange_new(struct exchange_table *t, uint64_t flow, uint64_t key)
{
	struct exchange **bucket = bucket_of(t, flow);
	struct exchange *x = mem_zalloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->flow = flow;
	x->key = key;
	arena_init(&x->arena, EXCHANGE_ARENA_MAX);
	x->chain = *bucket;
	*bucket = x;
	list_append(t, x);
	t->n++;
	return x;
}

void exchange_free(struct exchange_table *t, struct exchange *x)
{
	struct exchange **link = bucket_of(t, x->flow);

	while (*link != x)
		link = &(*link)->chain;
	*link = x->chain;
	list_remove(t, x);
	t->name_bytes -= x->arena.used;
	t->n--;
	arena_finish(&x->arena);
	mem_free_secret(x, sizeof(*x));
}

void exchange_move(struct exchange_table *t, struct exchange *x, enum exchange_state state,
		   int64_t now)
{
	list_remove(t, x);
	x->state = state;
	x->touched = now;
	list_append(t, x);
}

void exchange_forget_names(struct exchange *x)
{
	arena_finish(&x->arena);
	x->challenge_names = x->response_names = (struct target_names){0};
	x->user = x->domain = x->host = x->spn = x->service_host = NULL;
}

static const char *first_of(const char *a, const char *b)
{
	return a && *a ? a : b && *b ? b : NULL;
}

const char *exchange_target_machine(const struct exchange *x)
{
	return first_of(x->response_names.nb_computer, x->challenge_names.nb_computer);
}

const char *exchange_target_domain(const struct exchange *x)
{
	return first_of(x->response_names.nb_domain, x->challenge_names.nb_domain);
}

const char *exchange_target_dns(const struct exchange *x)
{
	return first_of(x->response_names.dns_computer, x->challenge_names.dns_computer);
}
