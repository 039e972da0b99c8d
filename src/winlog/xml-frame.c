/*
 * Where each Event of a text begins and ends: tags, quotes, comments and CDATA are told apart, and nothing more.
 * Invariant: no byte is looked at twice; a new Event inside one that has not ended means that the first is cut short.
 */
#include "winlog/xml.h"

#include "base/mem.h"
#include "base/text.h"
#include "winlog/input-text.h"

#include <errno.h>

#define TAG_MAX 32 /* bytes of a tag as far as its name goes; longer ones are not ours */

enum state {
	IN_TEXT,
	IN_OPEN,
	IN_NAME,
	IN_TAG,
	IN_SINGLE,
	IN_DOUBLE,
	IN_BANG,
	IN_COMMENT,
	IN_CDATA,
	IN_PI
};

struct frame {
	const struct winlog_ops *ops;
	void *ctx;
	struct winlog_text *text;
	struct winlog_xml *parser;
	enum state state;
	char tag[TAG_MAX]; /* what follows `<`, up to the name's end */
	size_t n_tag;
	uint8_t last[2];     /* the bytes before, for ends of more than one character */
	const char *root;    /* of the element that is being taken; NULL: none */
	struct text element; /* as far as it was taken */
	uint64_t line, root_line;
	size_t kept; /* where in the block that goes on which is not yet in `element` */
	struct span block;
	bool has_json; /* was said */
	int rc;
};

enum { ROOT_EVENT, ROOT_FINDING };
static const char *const roots[] = {[ROOT_EVENT] = "Event", [ROOT_FINDING] = "finding"};

/* Takes over what was passed of the block, up to a position. */
static void take(struct frame *f, size_t end)
{
	if (!f->root)
		return;
	text_add(&f->element, f->block.ptr + f->kept, end - f->kept);
	f->kept = end;
	if (!f->element.failed)
		return;
	f->ops->problem(f->ctx, f->root, "longer than 1 MiB", f->root_line);
	f->root = NULL;
	f->state = IN_TEXT;
}

static const char *root_named(const struct frame *f, size_t skip)
{
	const char *name = f->tag + skip;
	size_t len = f->n_tag - skip;
	const char *colon = memchr(name, ':', len);

	if (colon) {
		len -= (size_t)(colon + 1 - name);
		name = colon + 1;
	}
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (strlen(roots[i]) == len && memcmp(roots[i], name, len) == 0)
			return roots[i];
	return NULL;
}

static void begin_element(struct frame *f, const char *root, size_t at)
{
	if (f->root)
		f->ops->problem(f->ctx, f->root, "cut short: another begins inside", f->root_line);
	f->root = root;
	f->root_line = f->line;
	f->kept = at;
	text_reset(&f->element);
	text_putc(&f->element, '<');
	text_add(&f->element, f->tag, f->n_tag);
}

static void end_element(struct frame *f, size_t end)
{
	take(f, end);
	if (!f->root)
		return;
	f->root = NULL;
	f->rc = winlog_xml_parse(f->parser, span_make(f->element.ptr, f->element.len),
				 f->root_line);
}

static void step_text(struct frame *f, uint8_t c, size_t at)
{
	(void)at;
	if (c == '<') {
		f->state = IN_OPEN;
		f->n_tag = 0;
	}
}

static void step_name(struct frame *f, uint8_t c, size_t at);

static void step_open(struct frame *f, uint8_t c, size_t at)
{
	if (c == '!')
		f->state = IN_BANG;
	else if (c == '?')
		f->state = IN_PI;
	else
		step_name(f, c, at);
}

static void step_tag(struct frame *f, uint8_t c, size_t at)
{
	bool closing = f->n_tag && f->tag[0] == '/';

	if (c == '"' || c == '\'') {
		f->state = c == '"' ? IN_DOUBLE : IN_SINGLE;
	} else if (c == '<') { /* a broken tag */
		step_text(f, c, at);
	} else if (c == '>') {
		f->state = IN_TEXT;
		if (f->root && (closing ? root_named(f, 1) == f->root
					: f->last[0] == '/' && root_named(f, 0) == f->root))
			end_element(f, at + 1);
	}
}

static void step_name(struct frame *f, uint8_t c, size_t at)
{
	const char *root;

	f->state = IN_NAME;
	if (c != '<' && c != '>' && c != ' ' && c != '\t' && c != '\r' && c != '\n' &&
	    !(c == '/' && f->n_tag)) {
		if (f->n_tag < TAG_MAX)
			f->tag[f->n_tag++] = (char)c;
		return;
	}
	f->state = IN_TAG;
	root = f->n_tag && f->n_tag < TAG_MAX && f->tag[0] != '/' ? root_named(f, 0) : NULL;
	if (root && c != '<' && (!f->root || root == roots[ROOT_EVENT]))
		begin_element(f, root, at);
	step_tag(f, c, at);
}

/* `<` can't stand in an attribute's value: whatever it was, it has ended. */
static void step_quote(struct frame *f, uint8_t c, size_t at)
{
	if (c == '<')
		step_text(f, c, at);
	else if (c == (f->state == IN_DOUBLE ? '"' : '\''))
		f->state = IN_TAG;
}

static void step_bang(struct frame *f, uint8_t c, size_t at)
{
	static const struct {
		const char *word;
		size_t len;
		enum state state;
	} words[] = {{"--", 2, IN_COMMENT}, {"[CDATA[", 7, IN_CDATA}};

	f->tag[f->n_tag++] = (char)c;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (f->n_tag > words[i].len || memcmp(words[i].word, f->tag, f->n_tag) != 0)
			continue;
		if (f->n_tag == words[i].len) {
			f->state = words[i].state;
			f->last[0] = f->last[1] = 0;
		}
		return;
	}
	f->state = IN_TAG;
	step_tag(f, c, at);
}

static void step_until(struct frame *f, uint8_t c, size_t at)
{
	static const char *const ends[] = {[IN_COMMENT] = "--", [IN_CDATA] = "]]", [IN_PI] = "?"};
	const char *end = ends[f->state];

	(void)at;
	if (c == '>' && f->last[0] == (uint8_t)end[0] && (!end[1] || f->last[1] == (uint8_t)end[1]))
		f->state = IN_TEXT;
}

static void (*const steps[])(struct frame *, uint8_t, size_t) = {
	[IN_TEXT] = step_text, [IN_OPEN] = step_open,	  [IN_NAME] = step_name,
	[IN_TAG] = step_tag,   [IN_SINGLE] = step_quote,  [IN_DOUBLE] = step_quote,
	[IN_BANG] = step_bang, [IN_COMMENT] = step_until, [IN_CDATA] = step_until,
	[IN_PI] = step_until,
};

/* Beside events any text may stand, but events in another form would be missed. */
static void note_json(struct frame *f)
{
	if (!f->has_json)
		f->ops->problem(f->ctx, "text", "JSON in a log that is XML: not read", f->line);
	f->has_json = true;
}

static void read_block(struct frame *f)
{
	f->kept = 0;
	for (size_t i = 0; i < f->block.len && f->rc == 0; i++) {
		uint8_t c = f->block.ptr[i];

		if (c == '{' && f->last[0] == '\n' && f->state == IN_TEXT && !f->root)
			note_json(f);
		if (f->state != IN_TEXT || c == '<')
			steps[f->state](f, c, i);
		f->line += c == '\n';
		f->last[1] = f->last[0];
		f->last[0] = c;
	}
	take(f, f->block.len);
}

static int read_all(struct frame *f)
{
	uint64_t line;
	int rc;

	while (f->rc == 0 && (rc = winlog_text_next(f->text, &f->block)) != 0) {
		if (rc < 0)
			return rc;
		read_block(f);
	}
	if (f->rc == 0 && f->root)
		f->ops->problem(f->ctx, f->root, "cut short: the file ends", f->root_line);
	else if (f->rc == 0 && f->state >= IN_COMMENT)
		f->ops->problem(f->ctx, "text", "a comment or the like without an end", f->line);
	if (winlog_text_replaced(f->text, &line))
		f->ops->problem(f->ctx, "text", "characters that are none were replaced", line);
	return f->rc;
}

int winlog_xml_read(int fd, const struct winlog_ops *ops, void *ctx)
{
	struct frame *f = mem_zalloc(1, sizeof(*f));
	int rc;

	if (!f)
		return -ENOMEM;
	f->ops = ops;
	f->ctx = ctx;
	f->line = 1;
	text_init(&f->element, WINLOG_XML_MAX);
	rc = winlog_text_new(fd, &f->text);
	if (rc == 0)
		rc = winlog_xml_new(ops, ctx, &f->parser);
	if (rc == 0)
		rc = read_all(f);
	winlog_xml_free(f->parser);
	winlog_text_free(f->text);
	text_finish(&f->element);
	mem_free(f);
	return rc;
}
