/*
 * Why a bind was refused. Active Directory and Samba write the reason as a Win32 error into the diagnostic
 * message: "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, v2580".
 */
#include "carrier/ldap-bind.h"

#include "base/text.h"

#define RESULT_SUCCESS 0
#define RESULT_INVALID_CREDENTIALS 49
#define HEX_DIGITS_MAX 8

/* [MS-ERREF] 2.2 to 2.3. */
static const struct {
	uint32_t data, status;
} reasons[] = {
	{0x525, 0xc0000064},	  /* no such user */
	{0x52e, 0xc000006d},	  /* logon failure */
	{0x52f, 0xc000006e},	  /* account restriction */
	{0x530, 0xc000006f},	  /* logon hours */
	{0x531, 0xc0000070},	  /* workstation */
	{0x532, 0xc0000071},	  /* password expired */
	{0x533, 0xc0000072},	  /* account disabled */
	{0x569, 0xc000015b},	  /* logon type not granted */
	{0x701, 0xc0000193},	  /* account expired */
	{0x773, 0xc0000224},	  /* password must change */
	{0x775, 0xc0000234},	  /* account locked out */
	{0x80090346, 0xc000035b}, /* bad channel bindings */
};

/* The number after "data "; 0 where there is none. */
static uint32_t data_code(struct span text)
{
	static const char mark[] = "data ";
	const uint8_t *at = text.len ? memmem(text.ptr, text.len, mark, sizeof(mark) - 1) : NULL;
	uint32_t code = 0;

	if (!at)
		return 0;
	text = span_from(text, (size_t)(at - text.ptr) + sizeof(mark) - 1);
	for (size_t i = 0; i < text.len && i < HEX_DIGITS_MAX; i++) {
		int digit = hex_digit(text.ptr[i]);

		if (digit < 0)
			break;
		code = code << 4 | (uint32_t)digit;
	}
	return code;
}

/*
 * Any other result than success and invalidCredentials refuses the bind for a reason of the server's own
 * (strongerAuthRequired, unwillingToPerform, busy, ...): access denied is what that amounts to.
 */
uint32_t ldap_status(uint32_t result, struct span diagnostic)
{
	uint32_t code;

	if (result == RESULT_SUCCESS)
		return NT_STATUS_OK;
	if (result != RESULT_INVALID_CREDENTIALS)
		return NT_STATUS_ACCESS_DENIED;
	code = data_code(diagnostic);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].data == code)
			return reasons[i].status;
	}
	return NT_STATUS_LOGON_FAILURE;
}
