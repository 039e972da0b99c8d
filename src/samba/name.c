#include "samba/name.h"

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool samba_name_copy(char *ret_name, size_t size, struct span name)
{
	if (!name.len || name.len >= size)
		return false;
	memcpy(ret_name, name.ptr, name.len);
	ret_name[name.len] = '\0';
	return true;
}

bool samba_name_copy_lower(char *ret_name, size_t size, struct span name)
{
	if (!samba_name_copy(ret_name, size, name))
		return false;
	for (; *ret_name; ret_name++)
		*ret_name = (char)lower((uint8_t)*ret_name);
	return true;
}

bool samba_name_equal(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}
