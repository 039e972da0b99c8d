/* The two tables of names of NTSTATUS values: no decoder's business, samba/status.h is. */
#ifndef NTLMAUDIT_SAMBA_STATUS_NAMES_H
#define NTLMAUDIT_SAMBA_STATUS_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct samba_status_row {
	uint32_t status;
	const char *name;
};

extern const struct samba_status_row samba_status_rows[];
extern const size_t n_samba_status_rows;
extern const struct samba_status_row samba_status_facility_rows[];
extern const size_t n_samba_status_facility_rows;

#endif
