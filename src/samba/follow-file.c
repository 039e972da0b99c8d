#include "samba/follow-file.h"

#include "base/hash.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Stored, so it can't be keyed; nobody gains by a collision but a log that is read twice. */
static uint64_t proof_of(const uint8_t *bytes, size_t n)
{
	static const struct hash_key key = {.k0 = 0x6e746c6d61756469, .k1 = 0x73616d62616c6f67};

	return hash_bytes(&key, span_make(bytes, n));
}

int follow_file_open(struct follow_file *f, int folder, const char *name)
{
	struct stat st;
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

	if (rc == 0 && !S_ISREG(st.st_mode))
		rc = -EINVAL;
	if (rc == 0 && !f->buffer) {
		f->buffer = mem_alloc(FOLLOW_BUFFER);
		rc = f->buffer ? 0 : -ENOMEM;
	}
	if (rc < 0) {
		if (fd >= 0)
			close(fd);
		return rc;
	}
	f->fd = fd;
	f->device = st.st_dev;
	f->inode = st.st_ino;
	follow_file_rewind(f);
	return 0;
}

void follow_file_close(struct follow_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	mem_free(f->buffer);
	*f = (struct follow_file){.fd = -1};
}

/* All n bytes at an offset, or false. */
static bool read_at(int fd, uint8_t *bytes, size_t n, uint64_t offset)
{
	while (n) {
		ssize_t got = pread(fd, bytes, n, (off_t)offset);

		if (got <= 0)
			return false;
		bytes += got;
		n -= (size_t)got;
		offset += (uint64_t)got;
	}
	return true;
}

static void go_to(struct follow_file *f, uint64_t offset)
{
	f->given = offset;
	f->start = f->fill = f->looked = 0;
	f->is_passing = f->at_end = false;
	f->n_proof = 0;
}

void follow_file_rewind(struct follow_file *f)
{
	go_to(f, 0);
}

bool follow_file_resume(struct follow_file *f, const struct samba_place *place)
{
	size_t n = place->offset < FOLLOW_PROOF ? (size_t)place->offset : FOLLOW_PROOF;
	uint8_t bytes[FOLLOW_PROOF];

	if (place->offset > INT64_MAX || !read_at(f->fd, bytes, n, place->offset - n) ||
	    proof_of(bytes, n) != place->proof)
		return false;
	go_to(f, place->offset);
	memcpy(f->proof, bytes, n);
	f->n_proof = n;
	/* A place inside a line that was being passed over; NULs are a hole's. */
	f->is_passing = n && bytes[n - 1] != '\n' && bytes[n - 1] != '\0';
	return true;
}

void follow_file_skip(struct follow_file *f)
{
	struct stat st;
	size_t n;

	if (fstat(f->fd, &st) < 0 || st.st_size <= 0)
		return;
	n = (uint64_t)st.st_size < FOLLOW_PROOF ? (size_t)st.st_size : FOLLOW_PROOF;
	go_to(f, (uint64_t)st.st_size);
	if (read_at(f->fd, f->proof, n, f->given - n))
		f->n_proof = n;
	f->is_passing = f->n_proof == 0 || f->proof[n - 1] != '\n';
}

/* The buffer's next n bytes are done. */
static void give(struct follow_file *f, size_t n)
{
	const uint8_t *bytes = f->buffer + f->start;
	size_t fresh = n < FOLLOW_PROOF ? n : FOLLOW_PROOF;
	size_t kept = f->n_proof < FOLLOW_PROOF - fresh ? f->n_proof : FOLLOW_PROOF - fresh;

	memmove(f->proof, f->proof + f->n_proof - kept, kept);
	memcpy(f->proof + kept, bytes + n - fresh, fresh);
	f->n_proof = kept + fresh;
	f->given += n;
	f->start += n;
	f->looked = 0;
}

/* Who truncates a file that another writes to at its own offset leaves a hole: NULs before the next line. */
static void pass_hole(struct follow_file *f)
{
	size_t n = 0;

	while (f->start + n < f->fill && f->buffer[f->start + n] == '\0')
		n++;
	if (n)
		give(f, n);
}

bool follow_file_line(struct follow_file *f, uint64_t *too_long, struct span *ret_line)
{
	for (;;) {
		const uint8_t *from, *end;
		size_t n;

		pass_hole(f);
		from = f->buffer + f->start;
		n = f->fill - f->start;
		end = n > f->looked ? memchr(from + f->looked, '\n', n - f->looked) : NULL;
		if (end) {
			bool is_whole = !f->is_passing;

			n = (size_t)(end - from);
			if (is_whole && n > SAMBA_FOLLOW_LINE_MAX) {
				(*too_long)++;
				is_whole = false;
			}
			give(f, n + 1);
			f->is_passing = false;
			if (!is_whole)
				continue;
			*ret_line = span_make(from, n);
			return true;
		}
		f->looked = n;
		if (n <= SAMBA_FOLLOW_LINE_MAX && !(f->is_passing && n))
			return false;
		*too_long += !f->is_passing;
		f->is_passing = true;
		give(f, n);
	}
}

bool follow_file_rest(struct follow_file *f, struct span *ret_line)
{
	size_t n = f->fill - f->start;

	if (!n || f->is_passing)
		return false;
	*ret_line = span_make(f->buffer + f->start, n);
	give(f, n);
	return true;
}

/* Do the bytes before what was read still stand there? Asked after each read: so what was read stood behind them. */
static bool is_same(const struct follow_file *f, size_t had)
{
	size_t n = had < FOLLOW_PROOF ? had : FOLLOW_PROOF;
	uint8_t bytes[FOLLOW_PROOF];

	return read_at(f->fd, bytes, f->n_proof, f->given - f->n_proof) &&
	       memcmp(bytes, f->proof, f->n_proof) == 0 &&
	       read_at(f->fd, bytes, n, f->given + had - n) &&
	       memcmp(bytes, f->buffer + f->start + had - n, n) == 0;
}

enum follow_found follow_file_read(struct follow_file *f)
{
	size_t had = f->fill - f->start;
	struct stat st;
	ssize_t got;

	if (f->start) {
		memmove(f->buffer, f->buffer + f->start, had);
		f->start = 0;
		f->fill = had;
	}
	got = pread(f->fd, f->buffer + had, FOLLOW_BUFFER - had, (off_t)(f->given + had));
	if (got < 0)
		return FOLLOW_FAILED;
	if (fstat(f->fd, &st) < 0)
		return FOLLOW_FAILED;
	if ((uint64_t)st.st_size < f->given + had || !is_same(f, had))
		return FOLLOW_TRUNCATED;
	f->at_end = got == 0;
	f->fill = had + (size_t)got;
	return got ? FOLLOW_BYTES : FOLLOW_NOTHING;
}

void follow_file_place(const struct follow_file *f, struct samba_place *ret_place)
{
	*ret_place = (struct samba_place){0};
	if (!follow_file_is_open(f))
		return;
	*ret_place = (struct samba_place){.device = f->device,
					  .inode = f->inode,
					  .offset = f->given,
					  .proof = proof_of(f->proof, f->n_proof)};
}
