#include "cmd/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#define GRACE_SEC 1

static int nothing; /* /dev/null */

static void on_interrupt(int number)
{
	(void)number;
	alarm(GRACE_SEC);
}

/* A read() that waits is begun anew after this (SA_RESTART), and finds the end. */
static void on_alarm(int number)
{
	int kept = errno;

	(void)number;
	dup2(nothing, STDIN_FILENO);
	errno = kept;
}

static void take(int number)
{
	struct sigaction act = {.sa_handler = on_interrupt,
				.sa_flags = SA_RESTART | (int)SA_RESETHAND},
			 before;

	if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(number, &act, NULL);
}

void interrupt_ends_input(void)
{
	struct sigaction end = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	struct stat st;

	if (fstat(STDIN_FILENO, &st) < 0 || S_ISREG(st.st_mode))
		return;
	nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (nothing < 0)
		return;
	sigaction(SIGALRM, &end, NULL);
	take(SIGINT);
	take(SIGTERM);
}
