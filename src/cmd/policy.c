/* ntlmaudit policy: what is audited and who says so; are the files that say it in order; and Group Policy's import. */
#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/option.h"
#include "cmd/output.h"
#include "cmd/policy-show.h"

#include <errno.h>
#include <stdio.h>

struct policy_options {
	const char *root;
	bool json, clear;
};

static const char *set_root(void *options, const char *value)
{
	struct policy_options *o = options;

	if (strcmp(value, "/") != 0) /* so that no path begins with two */
		o->root = value;
	return NULL;
}

static const char *set_json(void *options, const char *value)
{
	(void)value;
	((struct policy_options *)options)->json = true;
	return NULL;
}

static const char *set_clear(void *options, const char *value)
{
	(void)value;
	((struct policy_options *)options)->clear = true;
	return NULL;
}

static const struct option_row policy_table[] = {
	{'j', "json", NULL, "show: one JSON document, with all that is known of each setting",
	 set_json},
	{0, "clear", NULL, "import: Group Policy says nothing any more; takes no files", set_clear},
	{0, "root", "DIR", "look for everything below DIR instead of /", set_root},
	{0},
};

static const struct option_help policy_help = {
	.usage = "ntlmaudit policy [show | check FILE... | import FILE...] [OPTION...]",
	.about =
		"show     every setting: its value in force, and the file it stands in (the "
		"default)\n"
		"check    every error of configuration files, Registry.pol and GptTmpl.inf, with\n"
		"         line or offset\n"
		"import   take Registry.pol and GptTmpl.inf files, lowest precedence first, as "
		"all\n"
		"         that Group Policy says; an error in one leaves everything as it was\n\n"
		"Exit status: 0 done, 2 wrong usage, 3 a file has an error or could not be read.\n",
	.examples = "examples:\n"
		    "  ntlmaudit policy\n"
		    "  ntlmaudit policy check /etc/ntlmaudit/ntlmaudit.conf\n"
		    "  ntlmaudit policy import Registry.pol GptTmpl.inf\n",
};

static void tell(void *context, const struct problem *problem)
{
	struct text place;

	(void)context;
	text_init(&place, 0);
	place_put(&place, &problem->place);
	say("%s: %s%s", place.ptr ? place.ptr : "", problem->is_warning ? "warning: " : "",
	    problem->what);
	text_finish(&place);
}

static void say_untold(const struct problems *problems)
{
	size_t all = problems->errors + problems->warnings;

	if (all > PROBLEMS_MAX)
		say("and %zu more", all - PROBLEMS_MAX);
}

static int run_show(const struct policy_options *options, struct problems *problems, char **files,
		    size_t n)
{
	void (*show)(struct text *, const struct policy *, int64_t) =
		options->json ? policy_show_json : policy_show_text;
	struct policy *policy;
	struct text out;
	int rc;

	(void)files;
	(void)n;
	rc = policy_load(options->root, problems, &policy);
	if (rc < 0) {
		say("the policy can't be read: %s", strerror(-rc));
		return EXIT_PARTLY;
	}
	text_init(&out, 0);
	show(&out, policy, clock_wall());
	rc = output_text(&out) && problems->errors == 0 ? EXIT_DONE : EXIT_PARTLY;
	text_finish(&out);
	policy_free(policy);
	return rc;
}

static int run_check(const struct policy_options *options, struct problems *problems, char **files,
		     size_t n)
{
	int result = EXIT_DONE;

	(void)options;
	for (size_t i = 0; i < n; i++) {
		int rc = policy_check(files[i], problems);

		if (rc == 0)
			continue;
		say("%s: %s", files[i], policy_error(rc));
		result = EXIT_PARTLY;
	}
	return problems->errors ? EXIT_PARTLY : result;
}

static int run_import(const struct policy_options *options, struct problems *problems, char **files,
		      size_t n)
{
	int rc = policy_import(options->root, (const char *const *)files, n, problems);

	if (rc == 0)
		return EXIT_DONE;
	if (rc == -EBADMSG)
		say("nothing is imported; what was in force stays");
	else
		say("%s%s: %s", options->root, POLICY_IMPORTED, strerror(-rc));
	return EXIT_PARTLY;
}

static const struct verb {
	const char *name;
	enum { FILES_NONE, FILES_SOME, FILES_OR_CLEAR } takes;
	int (*run)(const struct policy_options *options, struct problems *problems, char **files,
		   size_t n);
} verbs[] = {
	{"show", FILES_NONE, run_show},
	{"check", FILES_SOME, run_check},
	{"import", FILES_OR_CLEAR, run_import},
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* What is wrong with the arguments of a verb, or NULL. */
static const char *usage_error(const struct verb *verb, const struct policy_options *options,
			       size_t n)
{
	bool needs_files =
		verb->takes == FILES_SOME || (verb->takes == FILES_OR_CLEAR && !options->clear);

	if (options->clear && verb->takes != FILES_OR_CLEAR)
		return "--clear is for import";
	if (needs_files && n == 0)
		return "which file?";
	return !needs_files && n > 0 ? "takes no files here" : NULL;
}

int cmd_policy(int argc, char **argv)
{
	struct policy_options options = {.root = ""};
	struct problems problems = {.tell = tell};
	int first = option_parse(argc, argv, policy_table, &policy_help, &options), rc;
	const struct verb *verb;
	const char *wrong;

	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	verb = find_verb(first < argc ? argv[first] : "show");
	if (!verb) {
		say("policy: there is no '%s'; show, check and import are", argv[first]);
		return EXIT_USAGE;
	}
	first += first < argc;
	wrong = usage_error(verb, &options, (size_t)(argc - first));
	if (wrong) {
		say("policy %s: %s", verb->name, wrong);
		return EXIT_USAGE;
	}
	rc = verb->run(&options, &problems, argv + first, (size_t)(argc - first));
	say_untold(&problems);
	return rc;
}
