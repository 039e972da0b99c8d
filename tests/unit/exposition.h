/*
 * A strict reader of Prometheus' text exposition format 0.0.4, written from its description: names, labels and their
 * escapes, HELP and TYPE once and before their samples, families together, no sample twice. Fails the test at what is wrong.
 */
#ifndef NTLMAUDIT_TESTS_EXPOSITION_H
#define NTLMAUDIT_TESTS_EXPOSITION_H

#include "unit.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define SAMPLES_MAX 1024

struct sample {
	char name[128];
	char labels[1024]; /* unescaped: name=value;name=value; */
	char value[64];
};

struct exposition {
	struct sample samples[SAMPLES_MAX];
	size_t n;
	char families[SAMPLES_MAX][128];
	size_t n_families;
	char family[128], type[16]; /* the one that is open */
	bool has_help, has_type;
};

/* [a-zA-Z_:][a-zA-Z0-9_:]*; labels have no colon. */
static const char *take_name(const char *s, char *name, bool colon)
{
	size_t n = 0;

	if (!isalpha((unsigned char)*s) && *s != '_')
		fail_msg("no name: %.60s", s);
	while (isalnum((unsigned char)*s) || *s == '_' || (colon && *s == ':')) {
		assert_true(n < 127);
		name[n++] = *s++;
	}
	name[n] = '\0';
	return s;
}

static const char *take_value(const char *s, char *out, size_t *at, size_t size)
{
	if (*s++ != '"')
		fail_msg("a label's value is not quoted: %.60s", s - 1);
	for (; *s != '"'; s++) {
		char c = *s;

		if (c == '\0' || c == '\n')
			fail_msg("a label's value has no end");
		if (c == '\\') {
			c = *++s;
			if (c != '\\' && c != '"' && c != 'n')
				fail_msg("no such escape: \\%c", c);
			c = c == 'n' ? '\n' : c;
		}
		assert_true(*at + 2 < size);
		out[(*at)++] = c;
	}
	return s + 1;
}

static const char *take_labels(const char *s, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	if (*s != '{')
		return s;
	do {
		char name[128];

		s = take_name(s + 1, name, false);
		at += (size_t)snprintf(out + at, size - at, "%s=", name);
		if (*s++ != '=')
			fail_msg("a label without a value: %s", name);
		s = take_value(s, out, &at, size);
		out[at++] = ';';
		out[at] = '\0';
	} while (*s == ',');
	if (*s != '}')
		fail_msg("the labels have no end: %.60s", s);
	return s + 1;
}

/* HELP or TYPE: which family is it of? */
static void take_comment(struct exposition *x, const char *line)
{
	bool is_help = strncmp(line, "# HELP ", 7) == 0;
	char name[128];
	const char *rest = take_name(line + 7, name, true);

	if (!is_help && strncmp(line, "# TYPE ", 7) != 0)
		fail_msg("neither HELP nor TYPE: %s", line);
	if (*rest++ != ' ' || !*rest)
		fail_msg("nothing after the name: %s", line);
	if (strcmp(name, x->family) != 0) {
		for (size_t i = 0; i < x->n_families; i++)
			if (strcmp(x->families[i], name) == 0)
				fail_msg("%s is not in one group", name);
		assert_true(x->n_families < SAMPLES_MAX);
		snprintf(x->families[x->n_families++], 128, "%s", name);
		snprintf(x->family, sizeof(x->family), "%s", name);
		x->has_help = x->has_type = false;
	}
	if (is_help ? x->has_help : x->has_type)
		fail_msg("told twice: %s", line);
	if (!is_help && strcmp(rest, "counter") != 0 && strcmp(rest, "gauge") != 0)
		fail_msg("no type of ours: %s", line);
	if (!is_help)
		snprintf(x->type, sizeof(x->type), "%s", rest);
	x->has_help |= is_help;
	x->has_type |= !is_help;
}

static void take_sample(struct exposition *x, const char *line)
{
	struct sample *s = &x->samples[x->n];
	const char *rest;
	char *end;

	assert_true(x->n < SAMPLES_MAX);
	rest = take_labels(take_name(line, s->name, true), s->labels, sizeof(s->labels));
	if (strcmp(s->name, x->family) != 0 || !x->has_type || !x->has_help)
		fail_msg("a sample before its HELP and TYPE: %s", line);
	if (*rest++ != ' ' || isspace((unsigned char)*rest))
		fail_msg("no value: %s", line);
	errno = 0;
	(void)strtod(rest, &end);
	if (end == rest || *end || errno)
		fail_msg("not a number: %s", line);
	if (strcmp(x->type, "counter") == 0 && *rest == '-')
		fail_msg("a negative counter: %s", line);
	snprintf(s->value, sizeof(s->value), "%s", rest);
	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->samples[i].name, s->name) == 0 &&
		    strcmp(x->samples[i].labels, s->labels) == 0)
			fail_msg("twice: %s", line);
	x->n++;
}

/* Reads all of it; `text` is changed. */
static void exposition_read(struct exposition *x, char *text)
{
	memset(x, 0, sizeof(*x));
	if (*text == '\0' || text[strlen(text) - 1] != '\n')
		fail_msg("the last line does not end");
	while (*text) {
		char *end = strchr(text, '\n');

		*end = '\0';
		if (*text == '#')
			take_comment(x, text);
		else if (*text)
			take_sample(x, text);
		text = end + 1;
	}
}

static const char *exposition_value(const struct exposition *x, const char *name,
				    const char *labels)
{
	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->samples[i].name, name) == 0 &&
		    strcmp(x->samples[i].labels, labels) == 0)
			return x->samples[i].value;
	fail_msg("there is no %s{%s}", name, labels);
	return NULL;
}

#endif
