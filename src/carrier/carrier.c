#include "carrier/carrier.h"

/* Where two would say yes and no port decides, the first wins. */
const struct carrier *const carriers[] = {
	&carrier_smb, &carrier_http, &carrier_ldap, &carrier_dcerpc,
	&carrier_rdp, &carrier_tds,  &carrier_tls,  NULL,
};
