/* A pretend libcuda.so.1: memory is the process's own, the kernel is done in C.  FAULT names what goes wrong. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int wrong(const char *what) {
  const char *fault = getenv("FAULT");
  return fault && strcmp(fault, what) == 0;
}
int cuInit(unsigned flags) { return wrong("init") ? 803 : flags; }
int cuDeviceGetCount(int *count) { *count = wrong("none") ? 0 : 1; return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return 0; }
int cuDeviceGetName(char *name, int size, int device) { strncpy(name, "Pretend GPU", size); return device; }
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = &wrong; return device; }
int cuCtxSetCurrent(void *context) { return context == 0; }
int cuMemAlloc_v2(uint64_t *at, size_t size) { *at = (uint64_t)malloc(size); return *at ? 0 : 2; }
int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t size) {
  memcpy((void *)to, from, size);
  if (wrong("memory")) ((char *)to)[size - 1] ^= 1;
  return 0;
}
int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t size) { memcpy(to, (void *)from, size); return 0; }
int cuModuleLoadData(void **module, const char *image) {
  *module = &wrong;
  return wrong("ptx") || !strstr(image, ".entry triple") ? 218 : 0;
}
int cuModuleGetFunction(void **function, void *module, const char *name) {
  *function = module;
  return strcmp(name, "triple") ? 500 : 0;
}
int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned shared, void *stream, void **given, void **extra) {
  uint32_t *at = *(uint32_t **)given[0], many = *(uint32_t *)given[1];
  if (gy * gz * by * bz != 1 || shared || stream || extra || !function) return 1;
  for (uint32_t i = 0; i < gx * bx && i < many; i++) at[i] = at[i] * 3 + i;
  if (wrong("kernel")) at[5]++;
  return 0;
}
int cuCtxSynchronize(void) { return wrong("hang") ? 702 : 0; }
int cuGetErrorName(int code, const char **text) {
  *text = code == 803 ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" : code == 218 ? "CUDA_ERROR_INVALID_PTX"
        : code == 702 ? "CUDA_ERROR_LAUNCH_TIMEOUT" : 0;
  return *text ? 0 : 1;
}
