#include "cmd/completion.h"

#include "base/mem.h"
#include "cmd/output.h"
#include "cmd/topic.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 64
#define NONSENSE "\x01"

/* Where the words of an option are looked for, and what they must pass. */
struct search {
	const struct option_row *row;
	void *options;
	struct text *words;
};

static bool has_word(const struct text *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words->ptr; at && (at = strstr(at, word)); at += n)
		if ((at == words->ptr || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

static void add_word(struct text *words, const char *word)
{
	if (!has_word(words, word))
		text_printf(words, "%s%s", words->len ? " " : "", word);
}

/* Numbers are examples only: more are possible. */
static void try_word(const struct search *s, const char *word)
{
	if (isalpha((unsigned char)word[0]) && !s->row->set(s->options, word))
		add_word(s->words, word);
}

static bool is_inside(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* Each word of a sentence. */
static void try_words(const struct search *s, const char *sentence)
{
	char word[WORD_MAX];

	while (*sentence) {
		size_t n = 0;

		while (*sentence && !is_inside(*sentence))
			sentence++;
		while (is_inside(sentence[n]))
			n++;
		snprintf(word, sizeof(word), "%.*s", (int)n, sentence);
		if (n > 0 && n < sizeof(word))
			try_word(s, word);
		sentence += n;
	}
}

static const struct topic_kind *find_kind(const char *name)
{
	const struct topic_kind *kind = topic_kinds;

	while (kind->name && strcmp(kind->name, name) != 0)
		kind++;
	return kind->name ? kind : NULL;
}

/* "no target name" as one word, which is understood as well; false for what no shell takes without quotes. */
static bool bare_name(const char *name, char ret_word[WORD_MAX])
{
	size_t n = 0;

	for (; name[n]; n++) {
		if (n == WORD_MAX - 1 || !(is_inside(name[n]) || name[n] == ' '))
			return false;
		ret_word[n] = name[n] == ' ' ? '-' : name[n];
	}
	ret_word[n] = '\0';
	return n > 0;
}

static void try_topic(const struct search *s)
{
	const struct topic_kind *kind = find_kind(s->row->name);
	char word[WORD_MAX];
	const char *name;

	for (size_t i = 0; kind && kind->name_at && (name = kind->name_at(i)); i++)
		if (bare_name(name, word))
			try_word(s, word);
}

/*
 * What an option takes stands in its line of help and in what it says of a wrong value: both are looked through for words
 * that it accepts. One that accepts anything has no words but those that can be explained.
 */
static void find_words(const struct option_row *row, void *options, struct text *words)
{
	struct search s = {row, options, words};
	const char *wrong = row->set(options, NONSENSE);

	try_topic(&s);
	if (!wrong)
		return;
	try_words(&s, row->doc);
	try_words(&s, wrong);
}

static enum completion_kind kind_of(const char *arg)
{
	static const struct {
		const char *part;
		enum completion_kind kind;
	} kinds[] = {{"FILE", COMPLETION_FILE},
		     {"PATH", COMPLETION_FILE},
		     {"DIR", COMPLETION_FOLDER},
		     {"IF", COMPLETION_INTERFACE},
		     {"INTERFACE", COMPLETION_INTERFACE}};

	for (size_t i = 0; arg && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(arg, kinds[i].part) == 0 ||
		    (arg[0] == '[' && strstr(arg, kinds[i].part)))
			return kinds[i].kind;
	return COMPLETION_NONE;
}

static void take_option(struct completion_command *command, const struct option_row *row,
			void *options)
{
	struct completion_option *option = &command->options[command->n_options++];

	*option = (struct completion_option){.row = *row, .kind = kind_of(row->arg)};
	text_init(&option->words, 0);
	if (!row->arg || option->kind != COMPLETION_NONE)
		return;
	find_words(row, options, &option->words);
	if (option->words.len)
		option->kind = COMPLETION_WORDS;
}

/* All that `explain` knows. */
static void add_topics(struct text *words)
{
	char word[WORD_MAX];
	const char *name;

	for (const struct topic_kind *k = topic_kinds; k->name; k++)
		add_word(words, k->name);
	for (const struct topic_kind *k = topic_kinds; k->name; k++)
		for (size_t i = 0; k->name_at && (name = k->name_at(i)); i++)
			if (bare_name(name, word))
				add_word(words, word);
}

/* "ntlmaudit policy [show | check FILE...]": words stand in small letters, what varies in capitals. */
static void take_usage(struct completion_command *command, const char *usage)
{
	char word[WORD_MAX];
	size_t n;

	usage += strcspn(usage, "[F"); /* past the names of program and command */
	for (; *usage; usage += n ? n : 1) {
		for (n = 0; is_inside(usage[n]); n++)
			;
		snprintf(word, sizeof(word), "%.*s", (int)n, usage);
		if (strcmp(word, "FILE") == 0)
			command->files = true;
		else if (strcmp(word, "KIND") == 0)
			add_topics(&command->words);
		else if (n > 0 && islower((unsigned char)word[0]))
			add_word(&command->words, word);
	}
}

static void take_table(void *ctx, const struct option_row *table, const struct option_help *help,
		       void *options)
{
	struct completion_command *command = ctx;

	for (; table->name && command->n_options < COMPLETION_OPTIONS_MAX; table++)
		take_option(command, table, options);
	take_usage(command, help->usage);
}

void completion_collect(struct completion *c, const char *program, const struct command *commands,
			size_t n)
{
	char name[WORD_MAX], *argv[] = {name, NULL};

	*c = (struct completion){.program = program};
	for (; n > 0 && c->n_commands < COMPLETION_COMMANDS_MAX; n--, commands++) {
		struct completion_command *command = &c->commands[c->n_commands++];

		*command = (struct completion_command){.doc = commands->doc};
		command->name = strcmp(commands->name, program) == 0 ? "" : commands->name;
		text_init(&command->words, 0);
		snprintf(name, sizeof(name), "%s", commands->name);
		option_visit(take_table, command);
		commands->run(1, argv);
	}
	option_visit(NULL, NULL);
}

void completion_finish(struct completion *c)
{
	for (size_t i = 0; i < c->n_commands; i++) {
		for (size_t j = 0; j < c->commands[i].n_options; j++)
			text_finish(&c->commands[i].options[j].words);
		text_finish(&c->commands[i].words);
	}
	*c = (struct completion){0};
}

int completion_main(int argc, char **argv, const char *program, const struct command *commands,
		    size_t n)
{
	static struct completion c;
	struct text out;
	bool bash = argc == 2 && strcmp(argv[1], "bash") == 0, failed;

	if (!bash && (argc != 2 || strcmp(argv[1], "zsh") != 0)) {
		say("completion: for which shell? bash and zsh are");
		return EXIT_USAGE;
	}
	completion_collect(&c, program, commands, n);
	text_init(&out, 0);
	if (bash)
		completion_bash(&out, &c);
	else
		completion_zsh(&out, &c);
	failed = !output_text(&out);
	text_finish(&out);
	completion_finish(&c);
	return failed ? EXIT_PARTLY : EXIT_DONE;
}
