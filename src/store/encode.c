#include "store/encode.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>

enum { ENCODED_TEXT = 1, ENCODED_NUMBER };

const bool fact_varies[FACT__COUNT] = {
	[FACT_PROCESS_ID] = true,	  [FACT_CLIENT_LUID] = true,
	[FACT_CLIENT_PORT] = true,	  [FACT_SOURCE] = true,
	[FACT_FRAME_NEGOTIATE] = true,	  [FACT_FRAME_CHALLENGE] = true,
	[FACT_FRAME_AUTHENTICATE] = true, [FACT_FRAME_ANSWER] = true,
	[FACT_LOGON_ID] = true,
};

int encoder_init(struct encoder *x)
{
	*x = (struct encoder){0};
	text_init(&x->sentence, ENCODE_EVENT_MAX);
	text_init(&x->number, ENCODE_EVENT_MAX);
	x->out.ptr = mem_alloc(ENCODE_EVENT_MAX);
	x->out.cap = ENCODE_EVENT_MAX;
	return x->out.ptr ? 0 : -ENOMEM;
}

void encoder_finish(struct encoder *x)
{
	mem_free(x->out.ptr);
	text_finish(&x->sentence);
	text_finish(&x->number);
	*x = (struct encoder){0};
}

static bool is_number_part(char c)
{
	return (c >= '0' && c <= '9') || c == '.';
}

/* The last number that stands between two spaces; false where there is none. */
static bool find_number(const char *s, size_t *ret_from, size_t *ret_to)
{
	for (size_t i = strlen(s), to = 0; i > 0; i--) {
		char c = s[i - 1];

		if (c == ' ' && to > i) {
			*ret_from = i;
			*ret_to = to;
			return true;
		}
		if (c == ' ')
			to = i - 1;
		else if (!is_number_part(c))
			to = 0;
	}
	return false;
}

static struct sentence sentence_cut(struct encoder *x, const struct value *v)
{
	size_t from, to;

	text_reset(&x->sentence);
	text_reset(&x->number);
	if (v->kind != VALUE_TEXT)
		return (struct sentence){0};
	if (strchr(v->text, SENTENCE_MARK) || !find_number(v->text, &from, &to))
		return (struct sentence){.shared = v->text};
	text_add(&x->sentence, v->text, from);
	text_putc(&x->sentence, SENTENCE_MARK);
	text_puts(&x->sentence, v->text + to);
	text_add(&x->number, v->text + from, to - from);
	return (struct sentence){.shared = x->sentence.ptr, .number = x->number.ptr};
}

const char *sentence_join(struct text *out, const char *shared, const char *number)
{
	const char *mark = number ? strchr(shared, SENTENCE_MARK) : NULL;

	if (!mark)
		return shared;
	text_reset(out);
	text_add(out, shared, (size_t)(mark - shared));
	text_puts(out, number);
	text_puts(out, mark + 1);
	return out->failed ? NULL : out->ptr;
}

static void encode_value(struct pack *out, uint32_t number, const struct value *v)
{
	pack_number(out, number);
	if (v->kind == VALUE_TEXT) {
		pack_u8(out, ENCODED_TEXT);
		pack_text(out, v->text);
	} else {
		pack_u8(out, ENCODED_NUMBER);
		pack_number(out, v->number);
	}
}

/* The stencil's facts, or the event's own; of a sentence the stencil has what it shares. */
static void encode_facts(const struct encoder *x, struct pack *out, const struct event *e,
			 bool varying, const struct sentence *sentence)
{
	const struct value shared = {.kind = VALUE_TEXT, .text = sentence->shared};

	for (size_t i = 0; i < x->facts.n; i++) {
		enum fact f = x->facts.order[i];
		bool is_cut = f == FACT_EVIDENCE && sentence->shared;

		if (event_has(e, f) && fact_varies[f] == varying)
			encode_value(out, x->facts.number[f], is_cut ? &shared : &e->facts[f]);
	}
	pack_u8(out, 0); /* no fact has the number 0 */
}

static void encode_stencil(const struct encoder *x, struct pack *out, const struct event *e,
			   const struct sentence *sentence)
{
	pack_number(out, e->layout->id);
	pack_u8(out, e->layout->version);
	pack_u8(out, (uint8_t)e->origin);
	pack_text(out, e->computer);
	encode_facts(x, out, e, false, sentence);
	for (size_t i = 0; i < e->n_evidence; i++) {
		pack_text(out, e->evidence[i].kind);
		pack_text(out, e->evidence[i].peer);
		pack_text(out, e->evidence[i].name);
		pack_text(out, e->evidence[i].code);
	}
}

static void encode_own(const struct encoder *x, struct pack *out, const struct event *e,
		       const struct sentence *sentence)
{
	pack_signed(out, e->time);
	pack_bytes(out, e->activity, sizeof(e->activity));
	encode_facts(x, out, e, true, sentence);
	pack_text(out, sentence->number);
	for (size_t i = 0; i < e->n_evidence; i++) {
		pack_signed(out, e->evidence[i].before);
		pack_number(out, e->evidence[i].packet);
	}
	pack_number(out, e->source_record);
	pack_number(out, e->process_id);
	pack_number(out, e->thread_id);
	for (size_t i = 0; i < e->n_foreign; i++) {
		pack_text(out, e->foreign[i].name);
		pack_text(out, e->foreign[i].value);
	}
}

/*
 * Windows' fields, time and activity; not what only we know, nor where the event was read. What a process of Windows
 * wrote is told by its number, too: it can log two alike in the same 100 ns.
 */
static void encode_same(const struct encoder *x, struct pack *out, const struct event *e)
{
	pack_number(out, e->layout->id);
	pack_u8(out, e->layout->version);
	pack_text(out, e->computer);
	pack_bytes(out, e->activity, sizeof(e->activity));
	pack_number(out, e->thread_id ? e->source_record : 0);
	for (size_t i = 0; i < e->layout->n_fields; i++) {
		enum fact f = e->layout->fields[i].fact;

		if (event_has(e, f))
			encode_value(out, x->facts.number[f], &e->facts[f]);
	}
}

int encode_event(struct encoder *x, const struct event *e, uint64_t record, int64_t written,
		 struct encoded *ret_encoded)
{
	struct pack *out = &x->out;
	size_t shared, own;

	if (e->n_evidence > ENCODE_EVIDENCE_MAX || e->n_foreign > ENCODE_FOREIGN_MAX)
		return -E2BIG;
	out->len = 0;
	out->full = false;
	ret_encoded->sentence = sentence_cut(x, &e->facts[FACT_EVIDENCE]);
	if (x->sentence.failed || x->number.failed)
		return -ENOMEM;
	encode_stencil(x, out, e, &ret_encoded->sentence);
	shared = out->len;
	pack_number(out, record);
	pack_signed(out, written);
	encode_own(x, out, e, &ret_encoded->sentence);
	own = out->len;
	encode_same(x, out, e);
	if (out->full)
		return -E2BIG;
	ret_encoded->shared = span_make(out->ptr, shared);
	ret_encoded->own = span_make(out->ptr + shared, own - shared);
	ret_encoded->same = pack_span(out, own);
	return 0;
}
