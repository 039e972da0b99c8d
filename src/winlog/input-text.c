#include "winlog/input-text.h"

#include "base/mem.h"
#include "base/utf.h"

#include <errno.h>
#include <unistd.h>

#define RAW_SIZE ((size_t)32 << 10)
#define LONGEST 4 /* bytes of a character in either encoding */

enum encoding { UTF_8, UTF_16LE, UTF_16BE };

struct winlog_text {
	int fd;
	enum encoding encoding;
	bool begun, ended;
	uint8_t raw[RAW_SIZE]; /* read, not yet handed out: what a read cut a character of stays */
	size_t n_raw;
	uint8_t out[RAW_SIZE * 3]; /* a bad byte makes three */
	size_t n_out;
	uint64_t line, replaced, replaced_line;
};

/* How a text begins tells its encoding; `skip` bytes are the byte order mark. */
static const struct {
	const char *head;
	size_t len;
	enum encoding encoding;
	size_t skip;
} beginnings[] = {
	{"\xef\xbb\xbf", 3, UTF_8, 3}, {"\xff\xfe", 2, UTF_16LE, 2}, {"\xfe\xff", 2, UTF_16BE, 2},
	{"<\0", 2, UTF_16LE, 0},       {"\0<", 2, UTF_16BE, 0},	     {"{\0", 2, UTF_16LE, 0},
	{"\0{", 2, UTF_16BE, 0},       {"[\0", 2, UTF_16LE, 0},	     {"\0[", 2, UTF_16BE, 0},
};

int winlog_text_new(int fd, struct winlog_text **ret_text)
{
	struct winlog_text *t = mem_zalloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->fd = fd;
	t->line = 1;
	*ret_text = t;
	return 0;
}

void winlog_text_free(struct winlog_text *t)
{
	mem_free(t);
}

uint64_t winlog_text_replaced(const struct winlog_text *t, uint64_t *ret_line)
{
	*ret_line = t->replaced_line;
	return t->replaced;
}

/* Takes in what one read gives: a pipe's events shall be seen when they come. */
static int read_some(struct winlog_text *t)
{
	ssize_t n;

	do
		n = read(t->fd, t->raw + t->n_raw, sizeof(t->raw) - t->n_raw);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	t->ended = n == 0;
	t->n_raw += (size_t)n;
	return 0;
}

static void drop_raw(struct winlog_text *t, size_t n)
{
	t->n_raw -= n;
	memmove(t->raw, t->raw + n, t->n_raw);
}

static void recognise(struct winlog_text *t)
{
	struct span raw = span_make(t->raw, t->n_raw);

	t->begun = true;
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		if (!span_starts(raw, beginnings[i].head, beginnings[i].len))
			continue;
		t->encoding = beginnings[i].encoding;
		drop_raw(t, beginnings[i].skip);
		return;
	}
}

/* XML 1.0, section 2.2, production 2; surrogates can't come here. */
static bool is_allowed(uint32_t rune)
{
	return rune >= 0x20 ? (rune & ~1u) != 0xfffe : rune == '\t' || rune == '\n' || rune == '\r';
}

/* U+FFFD that stands in the text itself is three bytes long, and good. */
static void put_rune(struct winlog_text *t, uint32_t rune, size_t taken)
{
	bool bad = !is_allowed(rune) ||
		   (rune == RUNE_REPLACEMENT && !(t->encoding == UTF_8 && taken == 3));

	if (bad && t->replaced++ == 0)
		t->replaced_line = t->line;
	t->n_out += utf8_encode(bad ? RUNE_REPLACEMENT : rune, t->out + t->n_out);
	t->line += rune == '\n';
}

/* A run of plain characters is copied as it is. */
static struct span copy_plain(struct winlog_text *t, struct span s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] >= 0x20 && s.ptr[n] < 0x80)
		n++;
	memcpy(t->out + t->n_out, s.ptr, n);
	t->n_out += n;
	return span_from(s, n);
}

static uint32_t utf16be_next(struct span *s)
{
	uint8_t swapped[LONGEST] = {0};
	struct span two = span_make(swapped, s->len < LONGEST ? s->len : LONGEST);
	size_t len = two.len;
	uint32_t rune;

	for (size_t i = 0; i + 1 < len; i += 2) {
		swapped[i] = s->ptr[i + 1];
		swapped[i + 1] = s->ptr[i];
	}
	rune = utf16le_next(&two);
	*s = span_from(*s, len - two.len);
	return rune;
}

/* Bytes of the character that begins here, as far as its first ones tell. */
static size_t length_of(const struct winlog_text *t, struct span s)
{
	if (t->encoding == UTF_8)
		return s.ptr[0] < 0xc0 ? 1 : s.ptr[0] < 0xe0 ? 2 : s.ptr[0] < 0xf0 ? 3 : 4;
	if (s.len < 2)
		return 2;
	return (s.ptr[t->encoding == UTF_16LE] & 0xfc) == 0xd8 ? 4 : 2;
}

/* Decodes all but a last character that may go on in the next read. */
static void decode(struct winlog_text *t)
{
	static uint32_t (*const next[])(struct span *) = {utf8_next, utf16le_next, utf16be_next};
	struct span s = span_make(t->raw, t->n_raw);

	t->n_out = 0;
	while (s.len && (t->ended || s.len >= length_of(t, s))) {
		size_t before = s.len;
		uint32_t rune;

		if (t->encoding == UTF_8)
			s = copy_plain(t, s);
		if (s.len < before)
			continue;
		rune = next[t->encoding](&s);
		put_rune(t, rune, before - s.len);
	}
	drop_raw(t, t->n_raw - s.len);
}

int winlog_text_next(struct winlog_text *t, struct span *ret_bytes)
{
	int rc;

	for (t->n_out = 0; !t->ended && t->n_out == 0;) {
		rc = read_some(t);
		if (rc < 0)
			return rc;
		if (!t->begun && (t->n_raw >= LONGEST || t->ended))
			recognise(t);
		if (t->begun)
			decode(t);
	}
	*ret_bytes = span_make(t->out, t->n_out);
	return t->n_out > 0;
}
