#include "samba/wrap.h"

/* A brace beyond is not the beginning of a message. */
#define HEAD_MAX ((size_t)2048)

static struct span skip_blanks(struct span s)
{
	while (s.len && (*s.ptr == ' ' || *s.ptr == '\t'))
		s = span_from(s, 1);
	return s;
}

/* The bytes up to the next blank; `s` goes on behind it, one blank only: behind that the message may begin with more. */
static struct span take_word(struct span *s)
{
	const uint8_t *blank = s->len ? memchr(s->ptr, ' ', s->len) : NULL;
	struct span word = span_head(*s, blank ? (size_t)(blank - s->ptr) : s->len);

	*s = span_from(*s, word.len + 1);
	return word;
}

static bool is_digits(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len != 0;
}

/* Process ids have at most 7 digits. False: it is none. */
static bool parse_id(struct span digits, uint32_t *ret_id)
{
	uint32_t id = 0;

	if (!is_digits(digits) || digits.len > 9)
		return false;
	for (size_t i = 0; i < digits.len; i++)
		id = id * 10 + digits.ptr[i] - '0';
	*ret_id = id;
	return true;
}

/* "<165>", if it is there. */
static struct span skip_priority(struct span s)
{
	const uint8_t *end =
		s.len && *s.ptr == '<' ? memchr(s.ptr, '>', s.len < 6 ? s.len : 6) : NULL;

	return end ? span_from(s, (size_t)(end - s.ptr) + 1) : s;
}

/* "2026-11-22T10:00:00.123456+00:00" */
static bool is_time(struct span word)
{
	return word.len >= 19 && word.ptr[4] == '-' && word.ptr[10] == 'T' && word.ptr[13] == ':' &&
	       is_digits(span_head(word, 4));
}

/* "Nov 22 10:00:00 ", "Nov  2 10:00:00 " */
static bool take_bsd_time(struct span *s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct span rest = *s, word = take_word(&rest);

	if (is_time(word)) {
		*s = rest;
		return true;
	}
	if (s->len < 16 || word.len != 3 || s->ptr[6] != ' ' || s->ptr[9] != ':' ||
	    s->ptr[12] != ':' || s->ptr[15] != ' ')
		return false;
	for (size_t i = 0; i < sizeof(months) - 1; i += 3)
		if (memcmp(s->ptr, months + i, 3) == 0) {
			*s = span_from(*s, 16);
			return true;
		}
	return false;
}

/* "smbd[123]:", "smbd:" */
static bool take_tag(struct span tag, struct samba_wrap *w)
{
	const uint8_t *open;

	if (tag.len < 2 || tag.ptr[tag.len - 1] != ':')
		return false;
	tag.len--;
	open = memchr(tag.ptr, '[', tag.len);
	w->program = span_head(tag, open ? (size_t)(open - tag.ptr) : tag.len);
	if (!open)
		return true;
	tag = span_from(tag, w->program.len + 1);
	return tag.len && tag.ptr[tag.len - 1] == ']' &&
	       parse_id(span_head(tag, tag.len - 1), &w->program_id);
}

/* RFC 3164, 4.1, as it is written: TIMESTAMP HOSTNAME TAG[PID]: CONTENT. */
static bool unwrap_bsd(struct span s, struct samba_wrap *w)
{
	if (!take_bsd_time(&s))
		return false;
	w->wrapping = SAMBA_SYSLOG_BSD;
	w->host = take_word(&s);
	if (!take_tag(take_word(&s), w))
		return false;
	w->json = s;
	return true;
}

/* Behind one element of STRUCTURED-DATA; texts in it are quoted, with backslashes (RFC 5424, 6.3.3). */
static struct span skip_element(struct span s)
{
	bool quoted = false;

	for (size_t i = 1; i < s.len; i++) {
		if (quoted && s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.ptr[i] == ']')
			return span_from(s, i + 1);
	}
	return (struct span){0};
}

static bool skip_structured_data(struct span *s)
{
	if (s->len && *s->ptr == '-') {
		*s = span_from(*s, 1);
		return true;
	}
	if (!s->len || *s->ptr != '[')
		return false;
	while (s->len && *s->ptr == '[')
		*s = skip_element(*s);
	return s->len != 0;
}

/* "-" says that there is none (NILVALUE). */
static struct span take_field(struct span *s)
{
	struct span word = take_word(s);

	return word.len == 1 && *word.ptr == '-' ? (struct span){0} : word;
}

/* RFC 5424, 6: VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG. */
static bool unwrap_new(struct span s, struct samba_wrap *w)
{
	struct span time;

	if (!span_starts(s, "1 ", 2))
		return false;
	s = span_from(s, 2);
	time = take_field(&s);
	if (time.ptr && !is_time(time))
		return false;
	w->wrapping = SAMBA_SYSLOG;
	w->host = take_field(&s);
	w->program = take_field(&s);
	if (!parse_id(take_field(&s), &w->program_id))
		w->program_id = 0;
	take_field(&s);
	if (!skip_structured_data(&s))
		return false;
	w->json = span_starts(s, " \xef\xbb\xbf", 4) ? span_from(s, 4) : s;
	return true;
}

/* "JSON Authentication: {" */
static struct span skip_title(struct span s)
{
	const uint8_t *end;

	if (!span_starts(s, "JSON ", 5))
		return s;
	end = memchr(s.ptr, ':', s.len < 40 ? s.len : 40);
	return end ? skip_blanks(span_from(s, (size_t)(end - s.ptr) + 1)) : s;
}

bool samba_unwrap(struct span line, struct samba_wrap *ret_wrap)
{
	struct samba_wrap w = {.json = skip_blanks(line)};
	struct span s = skip_priority(w.json);

	/* Most lines: Samba's own, or its header. */
	if (!w.json.len || *w.json.ptr == '[')
		return false;
	if (*w.json.ptr != '{' && *w.json.ptr != 'J' &&
	    !memchr(line.ptr, '{', line.len < HEAD_MAX ? line.len : HEAD_MAX))
		return false;
	if (*w.json.ptr != '{' && !span_starts(w.json, "JSON ", 5) && !unwrap_new(s, &w) &&
	    !unwrap_bsd(s, &w))
		return false;
	w.json = skip_title(skip_blanks(w.json));
	if (!w.json.len || *w.json.ptr != '{')
		return false;
	*ret_wrap = w;
	return true;
}
