#include "winlog/evtx-record.h"

#include "base/mem.h"
#include "winlog/evtx-recover.h"

#include <errno.h>

#define BYTES_PER_STEP 16 /* of a value's bytes cost as much as a step */

int evtx_engine_init(struct evtx_engine *e)
{
	int err;

	*e = (struct evtx_engine){0};
	err = evtx_fields_init(&e->fields, EVTX_TEXT_MAX);
	if (!err)
		err = evtx_store_init(&e->kept);
	if (!err)
		err = evtx_store_init(&e->once);
	if (err)
		evtx_engine_finish(e);
	return err;
}

void evtx_engine_finish(struct evtx_engine *e)
{
	evtx_fields_finish(&e->fields);
	evtx_store_finish(&e->kept);
	evtx_store_finish(&e->once);
}

void evtx_engine_chunk(struct evtx_engine *e, struct span chunk)
{
	e->chunk = chunk;
	memset(e->templates, 0, sizeof(e->templates));
	e->n_templates = 0;
	evtx_store_reset(&e->kept);
	e->chunk_steps = EVTX_CHUNK_STEPS;
}

bool evtx_engine_fail(struct evtx_engine *e, const char *why, size_t pos)
{
	if (!e->why) {
		e->why = why;
		e->why_pos = pos;
	}
	return false;
}

static bool spend(struct evtx_engine *e, size_t steps, size_t pos)
{
	if (steps > e->record_steps)
		return evtx_engine_fail(e, "record grows beyond the limit", pos);
	e->record_steps -= steps;
	return true;
}

/* Its place in the table, or the free one where it belongs. */
static struct evtx_template *find_template(struct evtx_engine *e, uint32_t offset)
{
	size_t i = (offset * 2654435761u) >> 24;

	while (e->templates[i % EVTX_TEMPLATES_MAX].offset &&
	       e->templates[i % EVTX_TEMPLATES_MAX].offset != offset)
		i++;
	return &e->templates[i % EVTX_TEMPLATES_MAX];
}

/* libevtx's EVTX format, "Template definition": the next one, a GUID, a size, a fragment. */
static void read_template(struct evtx_engine *e, struct evtx_template *t)
{
	struct reader r = reader_of(e->chunk);

	reader_seek(&r, t->offset);
	reader_skip(&r, 4);
	t->id = reader_u32le(&r);
	reader_skip(&r, 16);
	if (reader_u8(&r) != 0x0f)
		reader_fail(&r, "no template definition");
	reader_skip(&r, 3);
	evtx_compile(&e->kept, &r, &(struct evtx_dialect){true, e->is_carved}, &t->program);
	t->why = r.why;
	t->why_pos = r.why_pos;
}

/* The definition at an offset, read now or before. NULL where there is no place for it. */
static const struct evtx_template *template_at(struct evtx_engine *e, uint32_t offset)
{
	struct evtx_template *t = find_template(e, offset);

	if (t->offset)
		return t;
	/* A free place must always be left, that searches end. Nothing lies at 0 but the chunk's header. */
	if (!offset || e->n_templates == EVTX_TEMPLATES_MAX - 1)
		return NULL;
	e->n_templates++;
	t->offset = offset;
	read_template(e, t);
	return t;
}

/* The descriptors of an instance's values come first, then all their bytes. */
static void read_values(struct evtx_engine *e, struct reader *r, struct evtx_values *ret)
{
	uint32_t n = reader_u32le(r);
	struct reader descriptors;

	if (n > reader_left(r) / 4)
		reader_fail(r, "more values than bytes");
	if (n > EVTX_VALUES_MAX - e->n_values)
		reader_fail(r, "more values than a record may have");
	if (!reader_ok(r))
		return;
	*ret = (struct evtx_values){e->values + e->n_values, n};
	descriptors = reader_of(reader_bytes(r, (size_t)n * 4));
	for (uint32_t i = 0; i < n; i++) {
		struct evtx_value *v = &e->values[e->n_values++];
		uint16_t size = reader_u16le(&descriptors);

		v->type = reader_u8(&descriptors);
		reader_skip(&descriptors, 1);
		v->bytes = reader_bytes(r, size);
	}
}

/* A definition that lies in the instance, as in the first record that has it, is passed over. */
static void read_instance(struct evtx_engine *e, struct reader *r, struct evtx_instance *ret)
{
	ret->pos = r->pos;
	reader_skip(r, 1);
	ret->id = reader_u32le(r);
	ret->offset = reader_u32le(r);
	if (reader_ok(r) && ret->offset == r->pos) {
		reader_skip(r, 20);
		reader_skip(r, reader_u32le(r));
	}
	read_values(e, r, &ret->values);
}

static bool run_value(struct evtx_engine *e, struct evtx_value v, bool is_optional)
{
	if (v.type == EVTX_NULL) {
		if (is_optional)
			evtx_fields_absent(&e->fields);
		return true;
	}
	if (v.type == EVTX_BINXML)
		return evtx_run_nested(e, v.bytes);
	evtx_fields_value(&e->fields, v);
	return true;
}

static bool run_step(struct evtx_engine *e, const struct evtx_step *s, struct evtx_values values)
{
	static const struct evtx_value none;
	struct evtx_fields *f = &e->fields;
	struct evtx_value v = none;

	switch ((enum evtx_op)s->op) {
	case OP_OPEN:
		return evtx_fields_open(f, s->atom, s->text) ||
		       evtx_engine_fail(e, "elements nested too deep", 0);
	case OP_ATTRIBUTE:
		evtx_fields_attribute(f, s->atom);
		return true;
	case OP_CONTENT:
		evtx_fields_content(f);
		return true;
	case OP_TEXT:
		evtx_fields_text(f, s->text, s->len);
		return true;
	case OP_LITERAL:
		v = (struct evtx_value){s->atom, span_make(s->text, s->len)};
		break;
	case OP_VALUE:
	case OP_OPTIONAL:
		if (s->number < values.n)
			v = values.values[s->number];
		break;
	case OP_CLOSE:
	case OP__COUNT:
		evtx_fields_close(f);
		return true;
	}
	return spend(e, v.bytes.len / BYTES_PER_STEP, 0) && run_value(e, v, s->op == OP_OPTIONAL);
}

bool evtx_run(struct evtx_engine *e, const struct evtx_program *program, struct evtx_values values)
{
	size_t depth = e->fields.depth;
	bool good = true;

	for (size_t i = 0; good && i < program->n_steps; i++)
		good = spend(e, 1, 0) && run_step(e, &program->steps[i], values);
	evtx_fields_unwind(&e->fields, depth);
	return good;
}

static bool run_instance(struct evtx_engine *e, struct reader *r)
{
	struct evtx_instance instance = {0};
	const struct evtx_template *t;

	read_instance(e, r, &instance);
	if (!instance.values.values) /* where some values are cut off, the others are good */
		return evtx_engine_fail(e, r->why, r->why_pos);
	t = template_at(e, instance.offset);
	if (e->is_carved && (!t || t->why || t->id != instance.id))
		return evtx_recover(e, &instance);
	if (!t)
		return evtx_engine_fail(e, "no template definition", instance.pos);
	if (!evtx_run(e, &t->program, instance.values))
		return false;
	if (t->why)
		return evtx_engine_fail(e, t->why, t->why_pos);
	return reader_ok(r) || evtx_engine_fail(e, r->why, r->why_pos);
}

/* Only elements of templates have dependency identifiers. */
static bool run_element(struct evtx_engine *e, struct reader *r)
{
	struct evtx_program program;

	evtx_compile(&e->once, r, &(struct evtx_dialect){false, e->is_carved}, &program);
	if (!evtx_run(e, &program, (struct evtx_values){0}))
		return false;
	return reader_ok(r) || evtx_engine_fail(e, r->why, r->why_pos);
}

/* A fragment: its header (not always there where it is nested) and an element or a template instance. */
static bool run_fragment(struct evtx_engine *e, struct reader *r)
{
	uint8_t token;

	if (!reader_left(r))
		return true;
	token = reader_u8(r);
	if (token == 0x0f) {
		reader_skip(r, 3);
		token = reader_u8(r);
	}
	if (token == 0x0c)
		return run_instance(e, r);
	if (token != 0x01 && token != 0x41)
		return (reader_ok(r) && token == 0x00) ||
		       evtx_engine_fail(e, "no element and no template", r->pos);
	r->pos--;
	return run_element(e, r);
}

/* A reader of the chunk up to where these bytes of it end: references go back to anywhere. */
static struct reader reader_within(const struct evtx_engine *e, struct span bytes)
{
	size_t pos = (size_t)(bytes.ptr - e->chunk.ptr);
	struct reader r = reader_of(span_head(e->chunk, pos + bytes.len));

	r.pos = pos;
	return r;
}

bool evtx_run_nested(struct evtx_engine *e, struct span bytes)
{
	size_t n_values = e->n_values;
	struct reader r;
	bool good;

	if (!bytes.len)
		return true;
	r = reader_within(e, bytes);
	if (e->nesting == EVTX_NESTING_MAX)
		return evtx_engine_fail(e, "BinXml nested too deep", r.pos);
	e->nesting++;
	good = run_fragment(e, &r);
	e->nesting--;
	e->n_values = n_values;
	return good;
}

static void begin_record(struct evtx_engine *e, bool is_carved)
{
	e->n_values = 0;
	e->nesting = 0;
	e->is_carved = is_carved;
	e->why = NULL;
	e->record_steps = EVTX_RECORD_STEPS < e->chunk_steps ? EVTX_RECORD_STEPS : e->chunk_steps;
	evtx_store_reset(&e->once);
	evtx_fields_reset(&e->fields);
}

/* The record's own header: its number and when it was written, where the event does not say it. */
static void complete(struct winlog_record *record, struct span bytes)
{
	struct reader r = reader_of(span_from(bytes, 8));
	uint64_t id = reader_u64le(&r), written = reader_u64le(&r);

	if (!record->record_id)
		record->record_id = id;
	if (!record->has_time)
		record->has_time = evtx_filetime(written, &record->time);
}

bool evtx_engine_read(struct evtx_engine *e, size_t offset, size_t size, bool is_carved)
{
	struct span bytes = span_head(span_from(e->chunk, offset), size);
	struct winlog_record *record = &e->fields.record;
	size_t steps, body = size - EVTX_RECORD_MIN;

	begin_record(e, is_carved);
	steps = e->record_steps;
	evtx_run_nested(e, span_head(span_from(bytes, EVTX_RECORD_HEADER), body));
	if (e->fields.out.full)
		evtx_engine_fail(e, "texts of the record beyond the limit", offset);
	if (e->why && !e->why_pos)
		e->why_pos = offset;
	e->chunk_steps -= steps - e->record_steps;
	complete(record, bytes);
	record->recovered = is_carved;
	return record->event_id || record->provider[0];
}
