/* ntlmaudit verify: is the log what was written? And the keys with which its state is sealed. */
#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/keyfile.h"
#include "cmd/log.h"
#include "cmd/option.h"
#include "cmd/output.h"
#include "format/escape.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/eddsa.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define FAULTS_SHOWN 100 /* all are counted */

_Static_assert(AUDIT_KEY_SIZE == ED25519_KEY_SIZE, "both kinds of key files hold 32 bytes");

struct verify_options {
	const char *log, *seal, *public, *make_key;
	bool quiet;
};

static struct verify_options *of(void *options)
{
	return options;
}

static const char *set_log(void *options, const char *value)
{
	of(options)->log = value;
	return NULL;
}

static const char *set_seal(void *options, const char *value)
{
	of(options)->seal = value;
	return NULL;
}

static const char *set_public(void *options, const char *value)
{
	of(options)->public = value;
	return NULL;
}

static const char *set_make_key(void *options, const char *value)
{
	of(options)->make_key = value;
	return NULL;
}

static const char *set_quiet(void *options, const char *value)
{
	(void)value;
	of(options)->quiet = true;
	return NULL;
}

static const struct option_row verify_table[] = {
	{0, "seal", "FILE", "if it is sound, sign its state with this private key", set_seal},
	{0, "public", "FILE", "the seals must be of this public key, and at least one there",
	 set_public},
	{0, "make-key", "FILE", "only make a key: FILE, and FILE.pub to give away", set_make_key},
	{0, "log", "PATH", "the log; else $NTLMAUDIT_LOG, else the installation's", set_log},
	{'q', "quiet", NULL, "print nothing but faults", set_quiet},
	{0},
};

static const struct option_help verify_help = {
	.usage = "ntlmaudit verify [OPTION...]",
	.about =
		"Checks the channel log: that each record is what was written and follows the "
		"one\n"
		"before, that none is missing that was not dropped for age or size, that the clock "
		"did\n"
		"not go back, that the usage counts add up, and that every seal fits.\n"
		"Exit status: 0 it is sound, 2 wrong usage, 3 it is not, or could not be read.\n",
	.examples = "examples:\n"
		    "  ntlmaudit verify\n"
		    "  ntlmaudit verify --make-key seal.key\n"
		    "  ntlmaudit verify --seal seal.key\n"
		    "  ntlmaudit verify --public seal.key.pub\n",
};

/* A private key's file and its public one's. */
static int make_key(const char *path)
{
	uint8_t private[ED25519_KEY_SIZE], public[ED25519_KEY_SIZE];
	struct text public_path;
	int rc = 0;

	text_init(&public_path, 0);
	text_printf(&public_path, "%s.pub", path);
	if (public_path.failed)
		rc = -ENOMEM;
	else if (getrandom(private, sizeof(private), 0) != sizeof(private))
		rc = -errno;
	if (rc == 0) {
		ed25519_sha512_public_key(public, private);
		rc = keyfile_store(path, private);
	}
	if (rc == 0)
		rc = keyfile_store(public_path.ptr, public);
	explicit_bzero(private, sizeof(private));
	text_finish(&public_path);
	return rc;
}

static int make_key_or_say(const char *path)
{
	int rc = make_key(path);

	if (rc == 0)
		printf("%s: the private key: keep it where the log's machine can't read it later\n"
		       "%s.pub: the public key, to check seals with\n",
		       path, path);
	else
		say("%s: %s", path,
		    rc == -EEXIST ? "it is there already, and no key is written over"
				  : strerror(-rc));
	return rc == 0 ? EXIT_DONE : EXIT_PARTLY;
}

struct verifying {
	struct verify_options options;
	struct store *store;
	struct text why;
	uint64_t shown;
	uint64_t faults;
};

static const char *fault_name(enum store_fault_kind kind)
{
	static const char *const names[] = {[FAULT_BROKEN] = "broken",
					    [FAULT_GAP] = "gap",
					    [FAULT_CLOCK] = "clock",
					    [FAULT_SEAL] = "seal",
					    [FAULT_ROLLUP] = "counts"};

	return names[kind];
}

static void print_fault(const char *kind, uint64_t record, const char *sentence)
{
	struct text shown;

	text_init(&shown, 0);
	text_visible(&shown, sentence ? sentence : "");
	if (record)
		printf("%s: record %" PRIu64 ": %s\n", kind, record, shown.ptr ? shown.ptr : "");
	else
		printf("%s: %s\n", kind, shown.ptr ? shown.ptr : "");
	text_finish(&shown);
}

static void on_fault(void *ctx, const struct store_fault *f)
{
	struct verifying *v = ctx;

	if (v->shown++ < FAULTS_SHOWN)
		print_fault(fault_name(f->kind), f->record, f->sentence);
}

static void fault_of_ours(struct verifying *v, const char *sentence)
{
	v->faults++;
	v->shown++;
	print_fault(fault_name(FAULT_SEAL), 0, sentence);
}

/* What the seals are of, held against the key that they should be of. */
struct seals {
	const uint8_t *expected; /* NULL: any */
	const uint8_t *own;	 /* of the key that seals now; NULL: none does */
	uint64_t n, foreign, not_own;
	uint64_t covered; /* the last record of a seal that counts */
	int64_t time;
};

static int on_seal(void *ctx, const struct store_seal *seal)
{
	struct seals *seals = ctx;

	seals->not_own += seals->own && memcmp(seals->own, seal->public_key, ED25519_KEY_SIZE) != 0;
	if (seals->expected && memcmp(seals->expected, seal->public_key, ED25519_KEY_SIZE) != 0) {
		seals->foreign++;
		return 0;
	}
	seals->n++;
	seals->covered = seal->record;
	seals->time = seal->time;
	return 0;
}

/* Whoever can write to the log can seal it anew, with a key of his own: only a key known from elsewhere proves it. */
static void judge_seals(struct verifying *v, const struct seals *seals)
{
	if (seals->foreign)
		fault_of_ours(v, "a seal is of another key than the one given");
	if (seals->expected && !seals->n)
		fault_of_ours(v, "there is no seal of the key given");
}

static int check(struct verifying *v, struct seals *seals, struct store_summary *summary)
{
	int rc = store_summarise(v->store, summary, &v->why);

	if (rc == 0)
		rc = store_verify(v->store, on_fault, v, &v->faults, &v->why);
	if (rc == 0)
		rc = store_seals(v->store, on_seal, seals, &v->why);
	if (rc == 0)
		judge_seals(v, seals);
	return rc;
}

static void print_checked(const struct verifying *v, const struct seals *seals,
			  const struct store_summary *summary)
{
	struct text time;

	if (v->shown > FAULTS_SHOWN)
		printf("... %" PRIu64 " faults in all\n", v->faults);
	if (v->options.quiet)
		return;
	text_init(&time, 0);
	printf("%s: %" PRIu64 " events and %" PRIu64 " findings, records %" PRIu64 " to %" PRIu64
	       ", %" PRIu64 " dropped for age or size\n",
	       v->faults ? "not sound" : "sound", summary->events, summary->findings,
	       summary->first_record, summary->last_record, summary->dropped);
	if (seals->n) {
		clock_format(&time, seals->time);
		printf("%" PRIu64 " seal%s, the last of %s, up to record %" PRIu64 "%s\n", seals->n,
		       seals->n == 1 ? "" : "s", time.ptr ? time.ptr : "", seals->covered,
		       seals->expected ? "" : "; whose they are needs --public to tell");
	} else {
		puts("no seal: what was cut off at the end can't be told");
	}
	text_finish(&time);
}

/* All seals of a log are of one key: another's among them would be a fault for good. */
static bool may_seal(struct verifying *v, const struct seals *seals)
{
	if (v->faults)
		say("not sealed: it is not sound");
	else if (seals->not_own)
		say("not sealed: the seals that it has are of another key");
	v->faults += seals->not_own > 0;
	return v->faults == 0;
}

static int seal(struct verifying *v, const uint8_t private[ED25519_KEY_SIZE])
{
	int rc;

	rc = store_seal(v->store, private, clock_wall(), &v->why);
	if (rc == 0)
		rc = store_commit(v->store, &v->why);
	if (rc == 0 && !v->options.quiet)
		puts("sealed");
	return rc;
}

static int verify_log(struct verifying *v, const uint8_t *private, const uint8_t *public)
{
	struct seals seals = {.expected = public};
	struct store_summary summary;
	uint8_t own[ED25519_KEY_SIZE];
	int rc;

	if (private) {
		ed25519_sha512_public_key(own, private);
		seals.own = own;
	}
	text_init(&v->why, 0);
	rc = check(v, &seals, &summary);
	if (rc == 0)
		print_checked(v, &seals, &summary);
	if (rc == 0 && private && may_seal(v, &seals))
		rc = seal(v, private);
	if (rc < 0)
		log_failed(rc, &v->why);
	text_finish(&v->why);
	if (!output_text(NULL))
		return EXIT_PARTLY;
	return rc < 0 || v->faults ? EXIT_PARTLY : EXIT_DONE;
}

static bool load_key(const char *path, uint8_t key[ED25519_KEY_SIZE])
{
	int rc = path ? keyfile_load(path, key) : 0;

	if (rc < 0)
		say("%s: %s", path, rc == -EBADMSG ? "not a key of 64 hex digits" : strerror(-rc));
	return rc == 0;
}

/* Both kinds of files look alike: a log sealed with what was given away could be sealed anew by anybody. */
static bool is_public(const char *path)
{
	size_t n = path ? strlen(path) : 0;

	if (n < 4 || strcmp(path + n - 4, ".pub") != 0)
		return false;
	say("%s: a public key can't seal", path);
	return true;
}

static int verify_with_keys(struct verifying *v)
{
	const struct verify_options *o = &v->options;
	uint8_t private[ED25519_KEY_SIZE], public[ED25519_KEY_SIZE];
	int rc;

	if (is_public(o->seal) || !load_key(o->seal, private) || !load_key(o->public, public))
		return EXIT_USAGE;
	rc = log_open(o->log, o->seal ? STORE_WRITE : STORE_READ, NULL, &v->store);
	if (rc == EXIT_DONE) {
		rc = verify_log(v, o->seal ? private : NULL, o->public ? public : NULL);
		store_close(v->store);
	}
	explicit_bzero(private, sizeof(private));
	return rc;
}

int cmd_verify(int argc, char **argv)
{
	struct verifying v = {0};
	int first = option_parse(argc, argv, verify_table, &verify_help, &v.options);

	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	if (first < argc) {
		say("verify takes options only, not '%s'; see ntlmaudit verify --help",
		    argv[first]);
		return EXIT_USAGE;
	}
	if (!v.options.make_key)
		return verify_with_keys(&v);
	if (v.options.seal || v.options.public) {
		say("--make-key only makes a key: seal, or check seals, in another step");
		return EXIT_USAGE;
	}
	return make_key_or_say(v.options.make_key);
}
