/* Units and containers, by the texts of /proc/PID/cgroup that the systems named beside them write. */
#include "unit.h"

#include "host/cgroup.h"

#define ID "1f4c9a6e0d3b5872c1a9e4f60b7d2358a6c4e1f09b3d5a7782f6c0d1e4b9a35c"
#define POD "pod0a1b2c3d_1111_2222_3333_444455556666"

struct example {
	const char *text, *unit, *container;
};

static const struct example examples[] = {
	/* systemd, unified */
	{"0::/system.slice/apache2.service\n", "apache2.service", ""},
	{"0::/init.scope\n", "init.scope", ""},
	{"0::/\n", "", ""},
	{"", "", ""},
	{"0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n",
	 "postgresql@15-main.service", ""},
	{"0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope", ""},
	{"0::/user.slice/user-1000.slice/user@1000.service/app.slice/"
	 "app-gnome-firefox-2210.scope\n",
	 "user@1000.service", ""},
	/* a service that has groups of its own */
	{"0::/system.slice/libvirtd.service/sub/leaf\n", "libvirtd.service", ""},
	/* hybrid: the unified hierarchy says nothing */
	{"12:pids:/user.slice/user-0.slice/session-1.scope\n"
	 "9:memory:/user.slice\n"
	 "1:name=systemd:/user.slice/user-0.slice/session-1.scope\n"
	 "0::/\n",
	 "session-1.scope", ""},
	/* hybrid, where both do: the unified one counts */
	{"1:name=systemd:/system.slice/old.service\n0::/system.slice/new.service\n", "new.service",
	 ""},
	/* this machine: no systemd at all */
	{"9:name=systemd:/\n8:pids:/\n4:memory:/process_api/eb4c455c665ff44f797a27e8120a3be8\n0::/"
	 "\n",
	 "", ""},
	/* Docker by systemd, by cgroupfs, and by cgroup v1 */
	{"0::/system.slice/docker-" ID ".scope\n", "docker-" ID ".scope", ID},
	{"0::/docker/" ID "\n", "", ID},
	{"11:cpuset:/docker/" ID "\n1:name=systemd:/docker/" ID
	 "\n0::/system.slice/containerd.service\n",
	 "containerd.service", ID},
	/* Docker in Docker: the inner one */
	{"0::/docker/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/docker/" ID
	 "\n",
	 "", ID},
	/* Podman as root, rootless, and its monitor, which is outside */
	{"0::/machine.slice/libpod-" ID ".scope/container\n", "libpod-" ID ".scope", ID},
	{"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
	 ".scope/container\n",
	 "user@1000.service", ID},
	{"0::/machine.slice/libpod-conmon-" ID ".scope\n", "libpod-conmon-" ID ".scope", ""},
	/* Kubernetes: containerd and CRI-O by systemd, and by cgroupfs */
	{"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" POD
	 ".slice/cri-containerd-" ID ".scope\n",
	 "cri-containerd-" ID ".scope", ID},
	{"0::/kubepods.slice/kubepods-" POD ".slice/crio-" ID ".scope\n", "crio-" ID ".scope", ID},
	{"0::/kubepods/besteffort/" POD "/" ID "\n", "", ID},
	/* LXC: new, older, oldest; its monitor */
	{"0::/lxc.payload.web1/system.slice/nginx.service\n", "nginx.service", "web1"},
	{"0::/lxc.payload/web1/init.scope\n", "init.scope", "web1"},
	{"1:name=systemd:/lxc/web1\n", "", "web1"},
	{"0::/lxc.monitor.web1\n", "", ""},
	/* systemd-nspawn by a unit, and by machinectl; a name that had to be escaped; a virtual machine */
	{"0::/machine.slice/systemd-nspawn@deb12.service/payload/system.slice/ssh.service\n",
	 "systemd-nspawn@deb12.service", "deb12"},
	{"0::/machine.slice/machine-deb12.scope/payload\n", "machine-deb12.scope", "deb12"},
	{"0::/machine.slice/machine-my\\x2dbox.scope\n", "machine-my\\x2dbox.scope", "my-box"},
	{"0::/machine.slice/machine-qemu\\x2d1\\x2dwin.scope\n", "machine-qemu\\x2d1\\x2dwin.scope",
	 ""},
	/* no container: too short, too long, not alone */
	{"0::/system.slice/docker-1f4c9a6e.scope\n", "docker-1f4c9a6e.scope", ""},
	{"0::/docker/" ID "0\n", "", ""},
	{"0::/x" ID "\n", "", ""},
	/* broken */
	{"0:", "", ""},
	{"0::", "", ""},
	{":::\n\n0::/a.service", "a.service", ""},
	{"0::////.scope\n", ".scope", ""},
};

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct cgroup_place place;

		cgroup_place_of_file(examples[i].text, &place);
		assert_string_equal(place.unit, examples[i].unit);
		assert_string_equal(place.container, examples[i].container);
	}
}

/* Names as long as the kernel has them, and longer: cut, never beyond. */
static void test_long(void **state)
{
	char text[2 * CGROUP_NAME_BYTES];
	struct cgroup_place place;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "0::/", 4);
	memcpy(text + sizeof(text) - 9, ".service", 9);
	cgroup_place_of_file(text, &place);
	assert_int_equal(strlen(place.unit), CGROUP_NAME_BYTES - 1);
	memcpy(text, "0::/lxc.payload.", 16);
	cgroup_place_of_file(text, &place);
	assert_int_equal(strlen(place.container), CGROUP_NAME_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
