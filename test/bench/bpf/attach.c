/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the swoll authors.
 *
 * attach OBJECT PROGRAM...: attaches programs of a BPF object, says so, and detaches them when standard input closes.
 */
#include <bpf/libbpf.h>
#include <poll.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };
	struct bpf_object *object = argc > 2 ? bpf_object__open_file(argv[1], NULL) : NULL;

	if (!object || bpf_object__load(object))
		return 1;
	for (int i = 2; i < argc; i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(object, argv[i]);

		if (!program || !bpf_program__attach(program))
			return 1;
	}
	printf("attached\n");
	fflush(stdout);
	poll(&input, 1, -1);
	return 0;
}
