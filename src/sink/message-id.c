#include "sink/message-id.h"

static const struct {
	uint16_t event_id;
	const char *id;
} of_events[] = {
	{0, "d26da51db6424cd78e55ad57f1e14230"},    {1, "e62a5da37c644d34b3a68a341fa0d541"},
	{100, "f1b0d9d976474e60ae750b737de7f4a4"},  {101, "3c64354b701d4951bab8fa607ae62709"},
	{301, "0b45e25c1b60435d97177ecfb29a3670"},  {4001, "97abbc87918d4cc6bbe08912ccc8545e"},
	{4002, "1942852b651545f5aa3ae87f60fd1374"}, {4003, "e1b5b63b04024eefa4c09c30169300da"},
	{4004, "644f4a3d1c7b4b0daad647403d06dd27"}, {4005, "20b002797b144a5c8c2e44e2cb93d31d"},
	{4006, "adb9b05fa1de4ad9858a52f56aecdbd5"}, {4010, "87034965d8404346ab3b70cea8790ab0"},
	{4011, "111a4cb8f9b84a9eb0707ec8052e3ec7"}, {4012, "bbe5929227a442a4a3467432209d4be1"},
	{4013, "db782927a2d54551a3eea621527e2823"}, {4014, "210be373e3404346ba9883efe42d1d34"},
	{4015, "de7936b878da49bb9abe0971e4b73eae"}, {4020, "4f145e2c95a045f588bb61fe4f1f7472"},
	{4021, "b0e67f8061484d509c4f96273f170e19"}, {4022, "4140fc473aed42f09c6838c69bdf6480"},
	{4023, "eef5f01da4b54552b659a101d3d048d3"}, {4024, "2c1bb701d0084f8d81c1d9a216fdf80c"},
	{4025, "b6685c063af14dcc8aad1e38a67b14e4"}, {4030, "59f67d6d36544176a934b68a38b4ef4a"},
	{4031, "6388c9a18ea4478cb74d09ec2d08279f"}, {4032, "4287b847780c4881aeb0a55e0777a1c1"},
	{4033, "1ecdbc987fcc43058b16bb5b4407fd04"}, {4624, "5a333b9b945f4597858d63a64517071d"},
	{4625, "be606ea8409243dab315476f10438764"}, {4776, "782749df0a8940498e26ee37aa2c388f"},
	{8001, "54fc527a5e5f44029901678fba06ab17"}, {8002, "4d3a07e9725e42f1a0759cf5956ccbf9"},
	{8003, "845d49c11266442a860f32fffc0baeee"}, {8004, "a2f23b6644e645cc8e6d7479a8857302"},
	{8005, "41c5dc5f6f2f4009881cf30305051b9a"}, {8006, "a57ba3812def40e08f8c635c6cfd7ab9"},
};

static const char *const of_findings[FINDING__COUNT] = {
	[FINDING_RELAY] = "d971b38421884295ac1c4e3f90b5d7d8",
	[FINDING_TWO_SERVERS] = "dfd89364272f4f41ae38c36fd7720750",
	[FINDING_SPRAY] = "e8e28f0500464d158bdc92bf4333342b",
	[FINDING_GUESSING] = "8aaae56e082f4ecea4fa8c2f18d7aab7",
	[FINDING_COERCED] = "4227034504fc4c69978125bfbb4fceed",
	[FINDING_DOWNGRADE] = "41505442b6e4455c99cc2b24a001eb6a",
	[FINDING_MIC_STRIPPED] = "a460a0ebac1a49cb8dbe171d2c420803",
	[FINDING_SIGNING_STRIPPED] = "65bc24dcd26a46b2beb5d32b2ae43fa5",
};

const char *message_id_event(uint16_t event_id)
{
	for (size_t i = 1; i < sizeof(of_events) / sizeof(of_events[0]); i++)
		if (of_events[i].event_id == event_id)
			return of_events[i].id;
	return of_events[0].id;
}

const char *message_id_finding(enum finding_id id)
{
	return of_findings[id];
}
