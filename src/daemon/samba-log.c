#include "daemon/samba-log.h"

#include <string.h>

struct log_place *log_places_find(struct log_places *places, const char *path)
{
	for (size_t i = 0; i < places->n; i++)
		if (strcmp(places->rows[i].path, path) == 0)
			return &places->rows[i];
	return NULL;
}

struct log_place *log_places_of(struct log_places *places, const char *path)
{
	struct log_place *row = log_places_find(places, path);
	size_t n = strlen(path);

	if (row || n >= SAMBA_LOG_PATH_SIZE)
		return row;
	if (places->n == LOG_PLACES_MAX)
		memmove(places->rows, places->rows + 1, --places->n * sizeof(places->rows[0]));
	row = &places->rows[places->n++];
	*row = (struct log_place){0};
	memcpy(row->path, path, n + 1);
	return row;
}

static void put_place(struct pack *out, const struct samba_place *p)
{
	pack_number(out, p->device);
	pack_number(out, p->inode);
	pack_number(out, p->offset);
	pack_number(out, p->proof);
}

static void get_place(struct reader *r, struct samba_place *ret_place)
{
	ret_place->device = unpack_number(r);
	ret_place->inode = unpack_number(r);
	ret_place->offset = unpack_number(r);
	ret_place->proof = unpack_number(r);
}

void log_put_checkpoint(struct pack *out, const struct samba_checkpoint *c)
{
	put_place(out, &c->now);
	put_place(out, &c->before);
	pack_signed(out, c->seen);
}

bool log_get_checkpoint(struct reader *r, struct samba_checkpoint *ret_checkpoint)
{
	get_place(r, &ret_checkpoint->now);
	get_place(r, &ret_checkpoint->before);
	ret_checkpoint->seen = unpack_signed(r);
	return reader_ok(r);
}

void log_put_place(struct pack *out, const struct log_place *place)
{
	pack_text(out, place->path);
	log_put_checkpoint(out, &place->checkpoint);
}

bool log_get_place(struct reader *r, struct log_place *ret_place)
{
	uint64_t n = unpack_number(r);
	struct span path;

	if (n < 2 || n > SAMBA_LOG_PATH_SIZE)
		reader_fail(r, "no path");
	path = reader_bytes(r, reader_ok(r) ? (size_t)n - 1 : 0);
	if (!reader_ok(r) || memchr(path.ptr, 0, path.len))
		return false;
	*ret_place = (struct log_place){0};
	memcpy(ret_place->path, path.ptr, path.len);
	return log_get_checkpoint(r, &ret_place->checkpoint);
}

void log_put_places(struct pack *out, const struct log_places *places)
{
	pack_number(out, places->n);
	for (size_t i = 0; i < places->n; i++)
		log_put_place(out, &places->rows[i]);
}

bool log_get_places(struct reader *r, struct log_places *ret_places)
{
	uint64_t n = unpack_number(r);

	ret_places->n = 0;
	if (n > LOG_PLACES_MAX)
		reader_fail(r, "too many logs");
	while (reader_ok(r) && ret_places->n < n)
		if (log_get_place(r, &ret_places->rows[ret_places->n]))
			ret_places->n++;
	return parcel_end(r) == 0;
}

void log_put_hello(struct pack *out, uint64_t nonce, const struct log_places *places)
{
	pack_number(out, nonce);
	log_put_places(out, places);
}

bool log_get_hello(struct reader *r, uint64_t *ret_nonce, struct log_places *ret_places)
{
	*ret_nonce = unpack_number(r);
	return log_get_places(r, ret_places);
}

void log_put_begin(struct pack *out, const struct log_begin *b)
{
	pack_number(out, b->nonce);
	pack_number(out, b->row);
	pack_u8(out, b->has_place);
	log_put_place(out, &b->place);
	pack_bytes(out, &b->host, sizeof(b->host));
}

/* The host reads what strangers wrote no more than we do; its texts are ended all the same. */
static void end_texts(struct samba_host *h)
{
	char *texts[] = {h->written_by, h->name,       h->dns_name,
			 h->domain,	h->dns_domain, h->domain_sid};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		texts[i][SAMBA_NAME_MAX - 1] = '\0';
	if (h->n_addresses > SAMBA_HOST_ADDRESSES)
		h->n_addresses = 0;
	if (h->role > SAMBA_ROLE_DC)
		h->role = SAMBA_ROLE_UNKNOWN;
}

bool log_get_begin(struct reader *r, struct log_begin *ret_begin)
{
	struct span bytes;
	uint64_t row;

	ret_begin->nonce = unpack_number(r);
	row = unpack_number(r);
	if (row >= SAMBA_LOGS_MAX)
		reader_fail(r, "no such log");
	ret_begin->row = (uint32_t)row;
	ret_begin->has_place = reader_u8(r) != 0;
	if (!log_get_place(r, &ret_begin->place))
		return false;
	bytes = reader_bytes(r, sizeof(ret_begin->host));
	if (parcel_end(r) < 0)
		return false;
	memcpy(&ret_begin->host, bytes.ptr, bytes.len);
	end_texts(&ret_begin->host);
	return true;
}

void log_put_line(struct pack *out, const struct log_text *l)
{
	pack_number(out, l->number);
	pack_number(out, l->row);
	log_put_checkpoint(out, &l->behind);
	pack_bytes(out, l->text.ptr, l->text.len);
}

bool log_get_line(struct reader *r, struct log_text *ret_line)
{
	uint64_t row;

	ret_line->number = unpack_number(r);
	row = unpack_number(r);
	if (row >= SAMBA_LOGS_MAX)
		reader_fail(r, "no such log");
	ret_line->row = (uint32_t)row;
	if (!log_get_checkpoint(r, &ret_line->behind))
		return false;
	ret_line->text = reader_rest(r);
	return ret_line->text.len <= SAMBA_FOLLOW_LINE_MAX;
}
