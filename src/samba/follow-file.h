/* One file of a followed log: its bytes as lines, and the proof that it still is the file that it was. For follow.c alone. */
#ifndef NTLMAUDIT_SAMBA_FOLLOW_FILE_H
#define NTLMAUDIT_SAMBA_FOLLOW_FILE_H

#include "samba/follow.h"

/* More than one of Samba's lines, so that a time is in it. */
#define FOLLOW_PROOF ((size_t)1024)
#define FOLLOW_BUFFER (2 * SAMBA_FOLLOW_LINE_MAX)

struct follow_file {
	int fd; /* -1: none */
	uint64_t device, inode;
	uint64_t given; /* offset behind the last line given: of buffer[start] */
	uint8_t *buffer;
	size_t start, fill;
	size_t looked; /* bytes from start on without a line feed */
	bool is_passing; /* in a line that is too long, or that began before us: up to its end nothing is given */
	bool at_end;		     /* the last read gave nothing */
	uint8_t proof[FOLLOW_PROOF]; /* the last bytes before `given` */
	size_t n_proof;
};

/* What a read found. */
enum follow_found { FOLLOW_NOTHING, FOLLOW_BYTES, FOLLOW_TRUNCATED, FOLLOW_FAILED };

/*
 * Opens a regular file of a folder, at its start. 0, -EINVAL for another kind of file, -ENOMEM, or what the system says; nothing is
 * changed on failure.
 */
int follow_file_open(struct follow_file *f, int folder, const char *name);
void follow_file_close(struct follow_file *f);
static inline bool follow_file_is_open(const struct follow_file *f)
{
	return f->fd >= 0;
}

/* Goes to a place. False: its bytes do not prove that this is the file; it stays where it is. */
bool follow_file_resume(struct follow_file *f, const struct samba_place *place);
/* Goes to the end as it is now; a line that is half written there is passed over. */
void follow_file_skip(struct follow_file *f);
/* Back to the start, after a truncation. */
void follow_file_rewind(struct follow_file *f);

/* A line that is in the buffer. False: more bytes are needed. `too_long` is counted up. */
bool follow_file_line(struct follow_file *f, uint64_t *too_long, struct span *ret_line);
/* What stands behind the last line feed of a file that nobody writes to any more. False: nothing. */
bool follow_file_rest(struct follow_file *f, struct span *ret_line);
enum follow_found follow_file_read(struct follow_file *f);

void follow_file_place(const struct follow_file *f, struct samba_place *ret_place);

#endif
