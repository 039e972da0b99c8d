/* ntlmaudit explain: what a number or word of an event means, and what to do about it. */
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/option.h"
#include "cmd/output.h"
#include "cmd/topic.h"
#include "format/escape.h"

#include <stdio.h>
#include <string.h>

#define SUGGESTIONS 3

static const struct option_row explain_table[] = {{0}};

static const struct option_help explain_help = {
	.usage = "ntlmaudit explain [KIND] WHAT...",
	.about = "Says what a reason, a status, flags, a field or another word of an event "
		 "means, and\n"
		 "what to do about it. Without WHAT, lists what can be explained. KIND says which "
		 "is\n"
		 "meant where a number or word has several meanings; upper and lower case, blanks "
		 "and\n"
		 "punctuation in names do not matter.\n"
		 "Exit status: 0 explained, 1 something is not known, 2 wrong usage.\n",
	.examples = "examples:\n"
		    "  ntlmaudit explain 7\n"
		    "  ntlmaudit explain 0xc000006d\n"
		    "  ntlmaudit explain flags 0xe2888215\n"
		    "  ntlmaudit explain Mic Status\n",
};

struct request {
	const struct topic_kind *kind; /* NULL: any */
	const char *rest;	       /* after the kind's name */
};

static bool is_called(const char *kind, const char *name, size_t len)
{
	return strlen(kind) == len && strncasecmp(kind, name, len) == 0;
}

static const struct topic_kind *kind_of(const char *name, size_t len)
{
	for (const struct topic_kind *k = topic_kinds; k->name; k++)
		if (is_called(k->name, name, len) || (k->alias && is_called(k->alias, name, len)))
			return k;
	return NULL;
}

/* `reason 7`, `reason:7`; a kind's name with nothing after it is a word like any other. */
static struct request request_parse(const char *s)
{
	size_t len = strcspn(s, " :");
	const char *rest = s + len + strspn(s + len, " :");
	const struct topic_kind *kind = *rest ? kind_of(s, len) : NULL;

	return (struct request){kind, kind ? rest : s};
}

static void put_other(struct text *out, const struct topic_kind *kind, uint32_t value, bool first)
{
	text_puts(out, first ? "\nIt may also be:\n  " : "  ");
	kind->title(out, value);
	text_putc(out, '\n');
}

/* The likeliest meaning in full unless one is `given` already, the others as what to ask for. False: none. */
static bool explain_any(struct text *out, const struct topic_word *word, bool given)
{
	size_t found = given;

	for (const struct topic_kind *k = topic_kinds; k->name; k++) {
		uint32_t value;

		if (!k->find(word, false, &value))
			continue;
		if (found++ == 0)
			k->print(out, value);
		else
			put_other(out, k, value, found == 2);
	}
	return found > 0;
}

/* The title of each thing that the kind has names for. */
static void list_kind(struct text *out, const struct topic_kind *kind)
{
	const char *name;

	text_printf(out, "%s: %s\n", kind->name, kind->doc);
	for (size_t i = 0; kind->name_at && (name = kind->name_at(i)); i++) {
		struct topic_word word;
		uint32_t value;

		topic_word_init(&word, name);
		if (!kind->find(&word, true, &value))
			continue;
		text_puts(out, i ? "  " : "\n  ");
		kind->title(out, value);
		text_putc(out, '\n');
	}
}

static bool explain_one(struct text *out, const char *s)
{
	struct request request = request_parse(s);
	const struct topic_kind *kind = kind_of(s, strlen(s));
	struct topic_word word;
	uint32_t value;

	topic_word_init(&word, request.rest);
	if (kind)
		list_kind(out, kind);
	if (!request.kind)
		return explain_any(out, &word, kind != NULL) || kind;
	if (!request.kind->find(&word, true, &value))
		return false;
	request.kind->print(out, value);
	return true;
}

/* Levenshtein's distance of two folded names. */
static size_t distance(const char *a, const char *b)
{
	size_t row[TOPIC_NAME_MAX], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a; a++, i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (*a != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

struct suggestion {
	const char *name;
	size_t distance;
};

/* Keeps the nearest, sorted. */
static void suggest(struct suggestion best[SUGGESTIONS], const char *name, const char *folded)
{
	struct suggestion s = {name, 0};
	char other[TOPIC_NAME_MAX];
	size_t len = strlen(folded);

	if (!topic_fold(name, other))
		return;
	s.distance = len > 3 && strstr(other, folded) ? 1 : distance(folded, other);
	if (s.distance > (len > 5 ? len / 3 : len > 3 ? 1 : 0))
		return;
	for (size_t i = 0; i < SUGGESTIONS; i++) {
		struct suggestion pushed = best[i];

		if (pushed.name && (pushed.distance <= s.distance))
			continue;
		best[i] = s;
		s = pushed;
	}
}

static void say_unknown(const char *s)
{
	struct request request = request_parse(s);
	struct suggestion best[SUGGESTIONS] = {0};
	struct topic_word word;
	struct text line;

	topic_word_init(&word, request.rest);
	for (const struct topic_kind *k = topic_kinds; k->name; k++) {
		const char *name;

		if (word.is_number || (request.kind && request.kind != k))
			continue;
		for (size_t i = 0; k->name_at && (name = k->name_at(i)); i++)
			suggest(best, name, word.folded);
	}
	text_init(&line, 1024);
	text_puts(&line, "there is no explanation of '");
	text_visible_head(&line, s, TOPIC_NAME_MAX);
	text_putc(&line, '\'');
	for (size_t i = 0; i < SUGGESTIONS && best[i].name; i++)
		text_printf(&line, "%s%s", i ? ", " : "; did you mean: ", best[i].name);
	text_puts(&line, best[0].name ? "?" : "; ntlmaudit explain lists what there is");
	say("%s", line.ptr ? line.ptr : "out of memory");
	text_finish(&line);
}

static int list_all(struct text *out)
{
	text_puts(out, "What can be explained, with an example:\n\n");
	for (const struct topic_kind *k = topic_kinds; k->name; k++)
		text_printf(out, "  %-9s %s\n", k->name, k->doc);
	text_puts(out, "\nntlmaudit explain reason lists the reasons, and so on; where a word has "
		       "several\nmeanings, put the kind before it: ntlmaudit explain krb 7\n");
	return EXIT_DONE;
}

static int explain_or_say(struct text *out, const char *s)
{
	if (explain_one(out, s))
		return EXIT_DONE;
	say_unknown(s);
	return EXIT_NOTHING;
}

/* Several words are one name (Mic Status), or a kind and a name; else each is explained by itself. */
static int explain_words(struct text *out, int n, char **words)
{
	int rc = EXIT_DONE;
	struct text joined;

	text_init(&joined, 0);
	for (int i = 0; i < n; i++)
		text_printf(&joined, "%s%s", i ? " " : "", words[i]);
	if (joined.failed)
		rc = EXIT_PARTLY;
	else if (n == 1 || request_parse(joined.ptr).kind)
		rc = explain_or_say(out, joined.ptr);
	else if (!explain_one(out, joined.ptr))
		for (int i = 0; i < n; i++) {
			if (out->len)
				text_putc(out, '\n');
			if (explain_or_say(out, words[i]) != EXIT_DONE)
				rc = EXIT_NOTHING;
		}
	text_finish(&joined);
	return rc;
}

int cmd_explain(int argc, char **argv)
{
	int first = option_parse(argc, argv, explain_table, &explain_help, NULL), rc;
	struct text out;

	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	text_init(&out, 0);
	if (first == argc)
		rc = list_all(&out);
	else
		rc = explain_words(&out, argc - first, argv + first);
	if (!output_text(&out))
		rc = EXIT_PARTLY;
	text_finish(&out);
	return rc;
}
