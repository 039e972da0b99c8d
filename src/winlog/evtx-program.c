#include "winlog/evtx-program.h"

#include "base/mem.h"
#include "base/utf.h"
#include "winlog/evtx-value.h"

#include <errno.h>
#include <stdlib.h>

#define TEXTS_MAX ((size_t)256 << 10)
#define MORE 0x40 /* flag of a token: attributes, or more of the same, follow */
#define ENTITIES 5

struct compiler {
	struct evtx_store *store;
	struct reader *r;
	const struct evtx_dialect *dialect;
	unsigned depth;
	bool in_tag; /* before the end of a start tag: attributes are allowed */
};

int evtx_store_init(struct evtx_store *s)
{
	*s = (struct evtx_store){.steps = mem_zalloc(EVTX_STEPS_MAX, sizeof(*s->steps))};
	if (!s->steps)
		return -ENOMEM;
	return evtx_out_init(&s->texts, TEXTS_MAX);
}

void evtx_store_finish(struct evtx_store *s)
{
	mem_free(s->steps);
	evtx_out_finish(&s->texts);
	*s = (struct evtx_store){0};
}

void evtx_store_reset(struct evtx_store *s)
{
	s->n_steps = 0;
	evtx_out_reset(&s->texts);
}

/* Adds a step unless reading has failed. */
static void add_step(struct compiler *c, struct evtx_step step)
{
	struct evtx_store *s = c->store;

	if (s->texts.full || s->n_steps == EVTX_STEPS_MAX)
		reader_fail(c->r, "more templates than a chunk may have");
	if (reader_ok(c->r))
		s->steps[s->n_steps++] = step;
}

/* A text that the store keeps. */
static void add_text(struct compiler *c, struct evtx_step step, struct span utf16)
{
	struct evtx_out *texts = &c->store->texts;
	size_t start = texts->len;

	evtx_out_utf16(texts, utf16);
	step.len = (uint32_t)(texts->len - start);
	step.text = evtx_out_end(texts, start);
	add_step(c, step);
}

static const struct {
	const char *name;
	enum evtx_atom atom;
} atoms[] = {
	/* sorted by name */
	{"ActivityID", ATOM_ACTIVITY_ID},
	{"Channel", ATOM_CHANNEL},
	{"Computer", ATOM_COMPUTER},
	{"Correlation", ATOM_CORRELATION},
	{"Data", ATOM_DATA},
	{"Event", ATOM_EVENT},
	{"EventData", ATOM_EVENT_DATA},
	{"EventID", ATOM_EVENT_ID},
	{"EventRecordID", ATOM_EVENT_RECORD_ID},
	{"Execution", ATOM_EXECUTION},
	{"Guid", ATOM_GUID},
	{"Keywords", ATOM_KEYWORDS},
	{"Level", ATOM_LEVEL},
	{"Message", ATOM_MESSAGE},
	{"Name", ATOM_NAME},
	{"Opcode", ATOM_OPCODE},
	{"ProcessID", ATOM_PROCESS_ID},
	{"Provider", ATOM_PROVIDER},
	{"RenderingInfo", ATOM_RENDERING_INFO},
	{"Security", ATOM_SECURITY},
	{"System", ATOM_SYSTEM},
	{"SystemTime", ATOM_SYSTEM_TIME},
	{"Task", ATOM_TASK},
	{"ThreadID", ATOM_THREAD_ID},
	{"TimeCreated", ATOM_TIME_CREATED},
	{"UserData", ATOM_USER_DATA},
	{"UserID", ATOM_USER_ID},
	{"Version", ATOM_VERSION},
};

static int compare_atom(const void *key, const void *row)
{
	return strcmp(key, ((const __typeof__(atoms[0]) *)row)->name);
}

static enum evtx_atom atom_of(const char *name)
{
	const __typeof__(atoms[0]) *row = bsearch(name, atoms, sizeof(atoms) / sizeof(atoms[0]),
						  sizeof(atoms[0]), compare_atom);

	return row ? row->atom : ATOM_OTHER;
}

/* libevtx found it: the low half of a polynomial in 65599. */
static uint16_t name_hash(struct span utf16)
{
	uint32_t hash = 0;

	for (size_t i = 0; i + 1 < utf16.len; i += 2)
		hash = hash * 65599 + (uint32_t)(utf16.ptr[i] | utf16.ptr[i + 1] << 8);
	return (uint16_t)hash;
}

/*
 * A name's characters: it lies where its offset says, which may be right here. Before them stand the next name of the
 * same hash, the hash, and their number.
 */
static struct span read_name(struct compiler *c)
{
	uint32_t offset = reader_u32le(c->r);
	bool is_here = offset == c->r->pos;
	struct reader name = *c->r;
	struct span chars;
	uint16_t hash;

	if (!is_here)
		reader_seek(&name, offset);
	reader_skip(&name, 4);
	hash = reader_u16le(&name);
	chars = reader_bytes(&name, (size_t)reader_u16le(&name) * 2);
	reader_skip(&name, 2);
	if (!reader_ok(&name))
		reader_fail(c->r, "name out of range");
	else if (c->dialect->check_hashes && hash != name_hash(chars))
		reader_fail(c->r, "name written over");
	else if (is_here)
		*c->r = name;
	return chars;
}

/* Adds a step with a name; ends in the atom that the name is. */
static void add_named(struct compiler *c, enum evtx_op op, struct span name)
{
	struct evtx_store *s = c->store;
	size_t at = s->n_steps;

	add_text(c, (struct evtx_step){.op = (uint8_t)op}, name);
	if (reader_ok(c->r))
		s->steps[at].atom = (uint8_t)atom_of(s->steps[at].text);
}

/* The element's and the attribute list's sizes say nothing that its tokens don't. */
static void open_element(struct compiler *c, bool has_attributes)
{
	struct span name;

	if (c->in_tag || c->depth == EVTX_DEPTH_MAX) {
		reader_fail(c->r,
			    c->in_tag ? "element in a start tag" : "elements nested too deep");
		return;
	}
	reader_skip(c->r, c->dialect->has_dependency ? 6 : 4);
	name = read_name(c);
	if (has_attributes)
		reader_skip(c->r, 4);
	c->depth++;
	c->in_tag = true;
	add_named(c, OP_OPEN, name);
}

static void close_start_tag(struct compiler *c, bool more)
{
	(void)more;
	c->in_tag = false;
	add_step(c, (struct evtx_step){.op = OP_CONTENT});
}

static void close_element(struct compiler *c, bool more)
{
	(void)more;
	c->in_tag = false;
	c->depth--; /* evtx_compile() reads on only inside an element */
	add_step(c, (struct evtx_step){.op = OP_CLOSE});
}

static void attribute(struct compiler *c, bool more)
{
	(void)more;
	if (!c->in_tag)
		reader_fail(c->r, "attribute outside a start tag");
	add_named(c, OP_ATTRIBUTE, read_name(c));
}

/* A length in characters, and the characters. */
static struct span counted_text(struct reader *r)
{
	return reader_bytes(r, (size_t)reader_u16le(r) * 2);
}

static void text(struct compiler *c, bool more)
{
	(void)more;
	add_text(c, (struct evtx_step){.op = OP_TEXT}, counted_text(c->r));
}

/* [MS-EVEN6] has only strings here; types of a fixed size can be read as well. */
static void value(struct compiler *c, bool more)
{
	uint8_t type = reader_u8(c->r);
	size_t size = evtx_type_size(type);
	struct span bytes;

	if (type == EVTX_STRING || type == EVTX_NULL) {
		text(c, more);
		return;
	}
	if (!size)
		reader_fail(c->r, "value of a type that has no length");
	bytes = reader_bytes(c->r, size);
	add_step(c, (struct evtx_step){OP_LITERAL, type, 0, (uint32_t)bytes.len,
				       (const char *)bytes.ptr});
}

static void add_rune(struct compiler *c, uint32_t rune)
{
	struct evtx_out *texts = &c->store->texts;
	size_t start = texts->len, n;
	uint8_t utf8[4];

	n = utf8_encode(rune ? rune : RUNE_REPLACEMENT, utf8);
	evtx_out_add(texts, span_make(utf8, n));
	add_step(c, (struct evtx_step){
			    .op = OP_TEXT, .len = (uint32_t)n, .text = evtx_out_end(texts, start)});
}

static void character(struct compiler *c, bool more)
{
	(void)more;
	add_rune(c, reader_u16le(c->r));
}

static void entity(struct compiler *c, bool more)
{
	static const struct {
		const char *name;
		uint32_t rune;
	} entities[ENTITIES] = {
		{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
	struct span name = read_name(c);
	char ascii[8] = "";

	(void)more;
	for (size_t i = 0; i < name.len / 2 && i < sizeof(ascii) - 1; i++)
		ascii[i] = (char)name.ptr[2 * i];
	for (size_t i = 0; i < ENTITIES; i++)
		if (strcmp(ascii, entities[i].name) == 0)
			add_rune(c, entities[i].rune);
	/* Others are of a document type that the event does not have: nothing is known of their text. */
}

static void instruction_target(struct compiler *c, bool more)
{
	(void)more;
	(void)read_name(c);
}

static void instruction_data(struct compiler *c, bool more)
{
	(void)more;
	(void)counted_text(c->r);
}

static void substitution(struct compiler *c, enum evtx_op op)
{
	uint16_t number = reader_u16le(c->r);

	reader_skip(c->r, 1); /* the type it should have; the value says which it has */
	add_step(c, (struct evtx_step){.op = (uint8_t)op, .number = number});
}

static void normal_substitution(struct compiler *c, bool more)
{
	(void)more;
	substitution(c, OP_VALUE);
}

static void optional_substitution(struct compiler *c, bool more)
{
	(void)more;
	substitution(c, OP_OPTIONAL);
}

static void misplaced(struct compiler *c, bool more)
{
	(void)more;
	reader_fail(c->r, "token where it may not be");
}

/* [MS-EVEN6] 2.2.12, by the token's low bits. */
static void (*const tokens[16])(struct compiler *c, bool more) = {
	[0x00] = misplaced, /* end of file: the element is not closed */
	[0x01] = open_element,	      [0x02] = close_start_tag,
	[0x03] = close_element, /* of an empty element's start tag */
	[0x04] = close_element,	      [0x05] = value,
	[0x06] = attribute,	      [0x07] = text, /* CDATA */
	[0x08] = character,	      [0x09] = entity,
	[0x0a] = instruction_target,  [0x0b] = instruction_data,
	[0x0c] = misplaced, /* a template in a template: it could be in itself */
	[0x0d] = normal_substitution, [0x0e] = optional_substitution,
	[0x0f] = misplaced,
};

void evtx_compile(struct evtx_store *s, struct reader *r, const struct evtx_dialect *dialect,
		  struct evtx_program *ret_program)
{
	struct compiler c = {.store = s, .r = r, .dialect = dialect};
	size_t first = s->n_steps;

	do {
		uint8_t token = reader_u8(r);

		if (token & 0xb0 || (c.depth == 0 && (token & 0x0f) != 0x01)) {
			r->pos -= reader_ok(r);
			reader_fail(r, "no BinXml token");
		} else {
			tokens[token & 0x0f](&c, token & MORE);
		}
	} while (reader_ok(r) && c.depth > 0);
	*ret_program = (struct evtx_program){s->steps + first, s->n_steps - first};
}
