/*
 * Follows a log for the scripts beside it: `samba-follow FOLDER NAME [start|end] [NUMBERS OF A CHECKPOINT]`. At each line of standard
 * input it prints the lines that there are, each behind a `+`, then `= ` and the checkpoint's and the counts' numbers.
 */
#include "samba/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBERS 9

static void read_place(char **from, struct samba_place *place)
{
	uint64_t numbers[4];

	for (int i = 0; i < 4; i++)
		numbers[i] = strtoull(from[i], NULL, 10);
	*place = (struct samba_place){.device = numbers[0],
				      .inode = numbers[1],
				      .offset = numbers[2],
				      .proof = numbers[3]};
}

static void show_place(const struct samba_place *p)
{
	printf(" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, p->device, p->inode, p->offset,
	       p->proof);
}

static int answer(struct samba_follow *f)
{
	const struct samba_follow_count *c = samba_follow_counts(f);
	struct samba_checkpoint place;
	struct span line;
	int rc;

	while ((rc = samba_follow_next(f, &line)) > 0)
		printf("+%.*s\n", (int)line.len, (const char *)line.ptr);
	samba_follow_checkpoint(f, &place);
	putchar('=');
	show_place(&place.now);
	show_place(&place.before);
	printf(" %" PRId64, place.seen);
	printf(" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d\n",
	       c->lines, c->rotations, c->truncations, c->too_long, c->lost, c->unreadable,
	       samba_follow_error(f));
	fflush(stdout);
	return rc;
}

int main(int argc, char **argv)
{
	struct samba_checkpoint place = {0};
	struct samba_follow *f = NULL;
	char command[16];
	int folder, rc;

	if (argc != 4 && argc != 4 + NUMBERS)
		return 2;
	if (argc > 4) {
		read_place(argv + 4, &place.now);
		read_place(argv + 8, &place.before);
		place.seen = strtoll(argv[12], NULL, 10);
	}
	folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = folder < 0
		     ? -errno
		     : samba_follow_new(
			       folder, argv[2], argc > 4 ? &place : NULL,
			       strcmp(argv[3], "end") == 0 ? SAMBA_FROM_END : SAMBA_FROM_START, &f);
	while (rc == 0 && fgets(command, sizeof(command), stdin))
		rc = answer(f);
	samba_follow_free(f);
	return rc ? 1 : 0;
}
