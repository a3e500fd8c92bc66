/* Prints what ggml itself says: without arguments its types (id, name, block, bytes); with files, each one's verdict. */
#include <stdio.h>
#include "ggml.h"
#include "gguf.h"

int main(int count, char **files) {
    if (count == 1) {
        for (int type = 0; type < GGML_TYPE_COUNT; type++) {
            if (ggml_blck_size(type) > 0 && ggml_type_name(type)) {
                printf("%d %s %d %zu\n", type, ggml_type_name(type), (int) ggml_blck_size(type), ggml_type_size(type));
            }
        }
    }
    for (int index = 1; index < count; index++) {
        struct gguf_init_params only_the_header = {.no_alloc = true, .ctx = NULL};
        struct gguf_context *file = gguf_init_from_file(files[index], only_the_header);
        if (!file) {
            puts("rejected");
            continue;
        }
        long long keys = gguf_get_n_kv(file), tensors = gguf_get_n_tensors(file);
        unsigned long long sum = 0;
        for (long long tensor = 0; tensor < tensors; tensor++) {
            sum += gguf_get_tensor_size(file, tensor);
        }
        printf("%lld %lld %zu %llu\n", keys, tensors, gguf_get_data_offset(file), sum);
        gguf_free(file);
    }
}
