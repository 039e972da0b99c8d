#include "samba/status.h"

#include "base/text.h"
#include "samba/status-names.h"

static bool find(const struct samba_status_row *rows, size_t n, struct span name,
		 uint32_t *ret_status)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *at = rows[middle].name;
		int order = strncmp(at, (const char *)name.ptr, name.len);

		if (order == 0 && at[name.len] == '\0') {
			*ret_status = rows[middle].status;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* "0xc0000022" */
static bool parse_number(struct span digits, uint32_t *ret_status)
{
	uint32_t status = 0;

	if (digits.len != 10 || digits.ptr[0] != '0' || digits.ptr[1] != 'x')
		return false;
	for (size_t i = 2; i < digits.len; i++) {
		int digit = hex_digit(digits.ptr[i]);

		if (digit < 0)
			return false;
		status = status << 4 | (uint32_t)digit;
	}
	*ret_status = status;
	return true;
}

/* The length of the head that the name has, or 0. */
static size_t head_of(struct span name, const char *head)
{
	size_t n = strlen(head);

	return span_starts(name, head, n) ? n : 0;
}

bool samba_status_parse(struct span name, uint32_t *ret_status)
{
	size_t head = head_of(name, "NT_STATUS_");

	if (head && span_equal(span_from(name, head), span_str("OK"))) {
		*ret_status = 0;
		return true;
	}
	if (head_of(name, "NT code "))
		return parse_number(span_from(name, 8), ret_status);
	/* STATUS_MORE_ENTRIES and four others are printed so. */
	head = head ? head : head_of(name, "STATUS_");
	name = span_from(name, head);
	/* A NUL would end the comparison early. */
	if (!head || !name.len || memchr(name.ptr, '\0', name.len))
		return false;
	return find(samba_status_rows, n_samba_status_rows, name, ret_status) ||
	       find(samba_status_facility_rows, n_samba_status_facility_rows, name, ret_status);
}
