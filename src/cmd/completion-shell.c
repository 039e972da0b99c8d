/* The files that bash and zsh read. Both hold the options of each command, and ask nobody. */
#include "cmd/completion.h"

#include <string.h>

static bool is_optional(const struct completion_option *o)
{
	return o->row.arg && o->row.arg[0] == '[';
}

static bool has_commands(const struct completion *c)
{
	return c->n_commands > 0 && c->commands[0].name[0];
}

/* Every option as it is typed. */
static void bash_options(struct text *out, const struct completion_command *command)
{
	text_printf(out, "    '%s') options='-h --help", command->name);
	for (size_t i = 0; i < command->n_options; i++) {
		const struct option_row *row = &command->options[i].row;

		if (row->letter)
			text_printf(out, " -%c", row->letter);
		text_printf(out, " --%s", row->name);
	}
	text_puts(out, "'");
	if (command->words.len)
		text_printf(out, " arguments='%s'", command->words.ptr);
	text_printf(out, "%s ;;\n", command->files ? " files=1" : "");
}

/* What comes after an option that takes something. */
static void bash_value(struct text *out, const char *command, const struct completion_option *o)
{
	static const char *const actions[] = {
		[COMPLETION_NONE] = "",
		[COMPLETION_FILE] = " _filedir;",
		[COMPLETION_FOLDER] = " _filedir -d;",
		[COMPLETION_INTERFACE] =
			" COMPREPLY=($(compgen -W \"$(command ls /sys/class/net)\" -- \"$cur\"));",
	};

	if (!o->row.arg)
		return;
	text_puts(out, "    ");
	if (o->row.letter)
		text_printf(out, "'%s -%c' | ", command, o->row.letter);
	if (!is_optional(o))
		text_printf(out, "'%s --%s' | ", command, o->row.name);
	text_printf(out, "'%s --%s=')", command, o->row.name);
	if (o->kind == COMPLETION_WORDS)
		text_printf(out, " COMPREPLY=($(compgen -W '%s' -- \"$cur\"));", o->words.ptr);
	else
		text_puts(out, actions[o->kind]);
	text_puts(out, " return ;;\n");
}

static void bash_commands(struct text *out, const struct completion *c)
{
	text_puts(out, "    if ((cword == 1)); then\n"
		       "        COMPREPLY=($(compgen -W 'help --help --version");
	for (size_t i = 0; i < c->n_commands; i++)
		text_printf(out, " %s", c->commands[i].name);
	text_puts(out, "' -- \"$cur\"))\n"
		       "        return\n"
		       "    fi\n"
		       "    command=${words[1]}\n");
}

static void bash_help(struct text *out, const struct completion *c)
{
	text_puts(out, "    help) arguments='");
	for (size_t i = 0; i < c->n_commands; i++)
		text_printf(out, "%s%s", i ? " " : "", c->commands[i].name);
	text_puts(out, "' ;;\n");
}

void completion_bash(struct text *out, const struct completion *c)
{
	text_printf(out,
		    "# bash completion for %s, made from its tables by `completion bash`\n"
		    "_%s()\n{\n"
		    "    local cur prev words cword split command= options= arguments= files=\n"
		    "    _init_completion -s || return\n",
		    c->program, c->program);
	if (has_commands(c))
		bash_commands(out, c);
	text_puts(out, "    $split && prev+==\n    case \"$command $prev\" in\n");
	for (size_t i = 0; i < c->n_commands; i++)
		for (size_t j = 0; j < c->commands[i].n_options; j++)
			bash_value(out, c->commands[i].name, &c->commands[i].options[j]);
	text_puts(out, "    esac\n    $split && return\n    case $command in\n");
	if (has_commands(c))
		bash_help(out, c);
	for (size_t i = 0; i < c->n_commands; i++)
		bash_options(out, &c->commands[i]);
	text_printf(out,
		    "    esac\n"
		    "    if [[ $cur == -* ]]; then\n"
		    "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
		    "        return\n"
		    "    fi\n"
		    "    [[ $files ]] && _filedir\n"
		    "    COMPREPLY+=($(compgen -W \"$arguments\" -- \"$cur\"))\n"
		    "} &&\n"
		    "    complete -F _%s %s\n",
		    c->program, c->program);
}

/* Within single quotes, and within brackets or before a colon. */
static void zsh_doc(struct text *out, const char *doc)
{
	for (; *doc; doc++) {
		if (*doc == '\'')
			text_puts(out, "'\\''");
		else if (strchr("[]:\\", *doc))
			text_printf(out, "\\%c", *doc);
		else
			text_putc(out, *doc);
	}
}

/* ":FORMAT:(short text)"; two colons: it may be left out. */
static void zsh_value(struct text *out, const struct completion_option *o)
{
	static const char *const actions[] = {
		[COMPLETION_NONE] = " ",
		[COMPLETION_FILE] = "_files",
		[COMPLETION_FOLDER] = "_files -/",
		[COMPLETION_INTERFACE] = "_net_interfaces",
	};

	text_puts(out, is_optional(o) ? "::" : ":");
	zsh_doc(out, is_optional(o) ? o->row.name : o->row.arg);
	if (o->kind == COMPLETION_WORDS)
		text_printf(out, ":(%s)", o->words.ptr);
	else
		text_printf(out, ":%s", actions[o->kind]);
}

/* One that takes something may stand again: the later one holds, or is added. */
static void zsh_option(struct text *out, const struct completion_option *o, bool letter)
{
	const struct option_row *row = &o->row;

	text_puts(out, " \\\n                '");
	if (row->arg)
		text_puts(out, "*");
	else if (row->letter)
		text_printf(out, "(-%c --%s)", row->letter, row->name);
	if (letter)
		text_printf(out, "-%c%s[", row->letter, row->arg ? "+" : "");
	else
		text_printf(out, "--%s%s[", row->name, is_optional(o) ? "=-" : row->arg ? "=" : "");
	zsh_doc(out, row->doc);
	text_puts(out, "]");
	if (row->arg)
		zsh_value(out, o);
	text_puts(out, "'");
}

static void zsh_arguments(struct text *out, const struct completion_command *command)
{
	text_puts(out, "            _arguments -s \\\n"
		       "                '(- *)'{-h,--help}'[print what there is]'");
	for (size_t i = 0; i < command->n_options; i++) {
		if (command->options[i].row.letter)
			zsh_option(out, &command->options[i], true);
		zsh_option(out, &command->options[i], false);
	}
	if (command->words.len && command->files)
		text_printf(out,
			    " \\\n                '*: :{ _alternative \"words:word:(%s)\" "
			    "files:file:_files }'",
			    command->words.ptr);
	else if (command->words.len)
		text_printf(out, " \\\n                '*:word:(%s)'", command->words.ptr);
	else if (command->files)
		text_puts(out, " \\\n                '*:file:_files'");
	text_putc(out, '\n');
}

static void zsh_commands(struct text *out, const struct completion *c)
{
	text_puts(out, "    local -a commands=(\n");
	for (size_t i = 0; i < c->n_commands; i++) {
		text_printf(out, "        '%s:", c->commands[i].name);
		zsh_doc(out, c->commands[i].doc);
		text_puts(out, "'\n");
	}
	text_puts(out, "        'help:say what the commands are, or how one is used'\n    )\n"
		       "    _arguments -C -A '-*' '(- *)'{-h,--help}'[print what there is]' \\\n"
		       "        '(- *)--version[print name and version]' \\\n"
		       "        '1:command:->command' '*::argument:->argument' && return\n"
		       "    case $state in\n"
		       "    command) _describe command commands ;;\n"
		       "    argument)\n"
		       "        case $words[1] in\n"
		       "        help) _describe command commands ;;\n");
	for (size_t i = 0; i < c->n_commands; i++) {
		text_printf(out, "        %s)\n", c->commands[i].name);
		zsh_arguments(out, &c->commands[i]);
		text_puts(out, "            ;;\n");
	}
	text_puts(out, "        esac\n        ;;\n    esac\n");
}

void completion_zsh(struct text *out, const struct completion *c)
{
	text_printf(
		out,
		"#compdef %s\n# zsh completion for %s, made from its tables by `completion zsh`\n"
		"_%s()\n{\n"
		"    local curcontext=\"$curcontext\" state line\n"
		"    typeset -A opt_args\n",
		c->program, c->program, c->program);
	if (has_commands(c))
		zsh_commands(out, c);
	else if (c->n_commands)
		zsh_arguments(out, &c->commands[0]);
	text_printf(out, "}\n\n_%s \"$@\"\n", c->program);
}
