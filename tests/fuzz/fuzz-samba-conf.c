#include "base/mem.h"
#include "fuzz.h"
#include "samba/host.h"

static int read_given(const void *data, const char *path, size_t max, struct text *ret_text)
{
	const struct span *all = data;

	(void)path;
	text_init(ret_text, max + 1);
	text_add(ret_text, "", 0);
	text_add(ret_text, all->ptr, all->len);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_make(data, size < 4096 ? size : 4096);
	const struct smb_conf_files files = {.read = read_given, .data = &all};
	struct samba_host host = {0};
	struct smb_conf conf;
	struct smb_audit audit;

	smb_conf_read(&files, SMB_CONF, &conf);
	smb_audit_of(conf.log_level, &audit);
	samba_host_configure(&host, &conf, "host.example");
	return 0;
}
