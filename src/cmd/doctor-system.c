/* The daemon, and what the system does for it: service, user, confinement, clock. */
#include "cmd/doctor.h"

#include "cmd/status-ask.h"
#include "daemon/daemon.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#define UNIT "ntlmauditd.service" /* wants the others */
#define PROFILE "/etc/apparmor.d/usr.sbin.ntlmauditd"
/* 2024-01-01: earlier than this program was written. */
#define TOO_EARLY (INT64_C(1704067200) * NSEC_PER_SEC)
#define PROFILES_MAX ((size_t)1 << 20)

static const char *text_or(const struct text *t, const char *other)
{
	return t->ptr && t->len ? t->ptr : other;
}

void check_daemon(struct doctor *d, struct checkup *c)
{
	json_t *problems = json_object_get(d->status, "problems"), *problem;
	size_t i;

	if (status_is_absent(d->status_rc)) {
		remark(c, VERDICT_ERROR, "ntlmauditd does not run: nothing is audited");
		cure(c, "%s", status_start_line());
		return;
	}
	if (d->status_rc == -EACCES && doctor_needs_root(d, c))
		return;
	if (d->status_rc < 0) {
		remark(c, VERDICT_ERROR, "%s", text_or(&d->status_why, strerror(-d->status_rc)));
		return;
	}
	json_array_foreach(problems, i, problem)
	{
		remark(c, VERDICT_WARNING, "%s",
		       json_is_string(problem) ? json_string_value(problem) : "a problem");
		cure(c, "ntlmaudit status");
	}
}

/* ---- systemd ---- */

static const char *const unit_folders[] = {"/etc/systemd/system/", "/run/systemd/system/",
					   "/usr/local/lib/systemd/system/",
					   "/usr/lib/systemd/system/", "/lib/systemd/system/"};

static bool find_unit(const struct doctor *d, const char *unit, char *ret_path, size_t size)
{
	for (size_t i = 0; i < sizeof(unit_folders) / sizeof(unit_folders[0]); i++) {
		struct text path;
		bool there;

		text_init(&path, 0);
		text_printf(&path, "%s%s", unit_folders[i], unit);
		there = path.ptr && doctor_exists(d, path.ptr) &&
			doctor_path(d, ret_path, size, path.ptr);
		text_finish(&path);
		if (there)
			return true;
	}
	return false;
}

/* A link to /dev/null. */
static bool is_masked(const char *path)
{
	char to[16];
	ssize_t n = readlink(path, to, sizeof(to));

	return n == 9 && memcmp(to, "/dev/null", 9) == 0;
}

/* False: something was wrong. */
static bool check_one_unit(struct doctor *d, struct checkup *c, const char *unit)
{
	char path[PATH_MAX];

	if (!find_unit(d, unit, path, sizeof(path))) {
		remark(c, VERDICT_WARNING, "%s is not installed", unit);
		cure(c, "meson install -C build && systemctl daemon-reload && systemctl enable "
			"--now " UNIT);
		return false;
	}
	if (!is_masked(path))
		return true;
	remark(c, VERDICT_WARNING, "%s is masked", unit);
	cure(c, "systemctl unmask %s && systemctl enable --now " UNIT, unit);
	return false;
}

void check_unit(struct doctor *d, struct checkup *c)
{
	static const char *const units[] = {UNIT, "ntlmauditd-decode.service",
					    "ntlmauditd-keep.service",
					    "ntlmauditd-forward.service"};

	if (!doctor_exists(d, "/run/systemd/system")) {
		remark(c, VERDICT_SKIPPED, "this machine was not started by systemd");
		return;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!check_one_unit(d, c, units[i]))
			return;
	if (!doctor_exists(d, "/etc/systemd/system/multi-user.target.wants/" UNIT)) {
		remark(c, VERDICT_WARNING,
		       UNIT " is not enabled: it does not start with the "
			    "machine");
		cure(c, "systemctl enable --now " UNIT);
	}
}

/* Without systemd the decoder is then a number that nobody has; its unit needs the name. */
static void check_decoder_user(struct doctor *d, struct checkup *c, unsigned others)
{
	unsigned uid, gid;

	if (!doctor_user(d, DECODER_USER, &uid, &gid)) {
		remark(c, VERDICT_WARNING,
		       "there is no user and group " DECODER_USER
		       ", whose the unit of the decoder is");
		cure(c, "useradd --system --user-group --no-create-home --home-dir /nonexistent "
			"--shell /usr/sbin/nologin " DECODER_USER " && usermod -aG " DECODER_USER
			" " DAEMON_USER);
	} else if (uid == 0 || uid == others) {
		remark(c, VERDICT_ERROR,
		       "the user " DECODER_USER " is another one, too: it should be nobody else");
	}
}

void check_user(struct doctor *d, struct checkup *c)
{
	unsigned uid, gid;

	if (doctor_user(d, DAEMON_USER, &uid, &gid)) {
		if (uid == 0)
			remark(c, VERDICT_ERROR, "the user " DAEMON_USER " is root");
		check_decoder_user(d, c, uid);
		return;
	}
	remark(c, VERDICT_WARNING,
	       "there is no user and group " DAEMON_USER ": nobody is used, which others may "
	       "be, too");
	cure(c, "useradd --system --user-group --no-create-home --home-dir /nonexistent --shell "
		"/usr/sbin/nologin " DAEMON_USER);
}

/* ---- AppArmor ---- */

/* The line of our profile in the kernel's list: "ntlmauditd (enforce)". NULL: it is not loaded. */
static const char *loaded_profile(const char *profiles)
{
	const char *at = profiles;

	while (at && strncmp(at, "ntlmauditd (", 12) != 0) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return at ? at + 12 : NULL;
}

void check_apparmor(struct doctor *d, struct checkup *c)
{
	struct text text;
	const char *mode;
	bool enabled = false;

	if (doctor_read(d, "/sys/module/apparmor/parameters/enabled", 16, &text) == 0) {
		enabled = text.ptr[0] == 'Y';
		text_finish(&text);
	}
	if (!enabled) {
		remark(c, VERDICT_SKIPPED, "this machine does not use AppArmor");
		return;
	}
	if (!doctor_exists(d, PROFILE)) {
		remark(c, VERDICT_WARNING, "the profile is not installed");
		cure(c, "install -m 644 dist/apparmor/usr.sbin.ntlmauditd " PROFILE
			" && apparmor_parser -r " PROFILE);
		return;
	}
	if (doctor_read(d, "/sys/kernel/security/apparmor/profiles", PROFILES_MAX, &text) < 0) {
		if (!doctor_needs_root(d, c))
			remark(c, VERDICT_SKIPPED, "the kernel's list of profiles can't be read");
		return;
	}
	mode = loaded_profile(text.ptr);
	if (!mode) {
		remark(c, VERDICT_WARNING, "the profile is not loaded");
		cure(c, "apparmor_parser -r " PROFILE);
	} else if (strncmp(mode, "enforce", 7) != 0) {
		remark(c, VERDICT_WARNING, "the profile is loaded but not enforced");
		cure(c, "aa-enforce " PROFILE);
	}
	text_finish(&text);
}

/* ---- the clock ---- */

void check_clock(struct doctor *d, struct checkup *c)
{
	struct timex now = {.modes = 0};

	if (d->now < TOO_EARLY) {
		remark(c, VERDICT_ERROR, "the clock is years slow: events will have wrong times");
		cure(c, "timedatectl set-ntp true");
		return;
	}
	if (adjtimex(&now) < 0) {
		remark(c, VERDICT_SKIPPED, "the kernel does not tell: %s", strerror(errno));
	} else if (now.status & STA_UNSYNC) {
		remark(c, VERDICT_WARNING,
		       "nothing keeps the clock right: the events of this and "
		       "of other machines may not fit together");
		cure(c, "timedatectl set-ntp true");
	}
}
