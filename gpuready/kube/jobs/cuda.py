"""What a pod with a GPU runs to see whether CUDA works there: memory, and a kernel, both checked."""

from __future__ import annotations

PROGRAM = '''\
import ctypes, json, sys

def tell(**told):
    print(json.dumps(told)); sys.exit(0)

try:
    cuda = ctypes.CDLL("libcuda.so.1")
except OSError as error:
    tell(no_libcuda=str(error))

# What the program or its image may be to blame for: PTX that is refused, no compiler for it.
NOT_THE_GPU = (200, 209, 218, 221, 222)

def call(name, *given):
    code = getattr(cuda, name)(*given)
    if code:
        text = ctypes.c_char_p()
        cuda.cuGetErrorName(code, ctypes.byref(text))
        what = "%s: %s" % (name, (text.value or str(code).encode()).decode())
        tell(**({"untold": what} if code in NOT_THE_GPU else {"error": what}))

KERNEL = b"""
.version 6.0
.target sm_50
.address_size 64
.visible .entry triple(.param .u64 at, .param .u32 many)
{
  .reg .pred %p<2>;
  .reg .b32 %r<8>;
  .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [at];
  ld.param.u32 %r1, [many];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.u32 %r5, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra DONE;
  mul.wide.u32 %rd2, %r5, 4;
  add.u64 %rd3, %rd1, %rd2;
  ld.u32 %r6, [%rd3];
  mad.lo.u32 %r7, %r6, 3, %r5;
  st.u32 [%rd3], %r7;
DONE:
  ret;
}
"""
MANY, BLOCK = 1 << 20, 256
device, context, module, function = (ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p())
count, at, name = ctypes.c_int(), ctypes.c_uint64(), ctypes.create_string_buffer(100)
call("cuInit", 0)
call("cuDeviceGetCount", ctypes.byref(count))
if not count.value:
    tell(error="cuDeviceGetCount: 0")
call("cuDeviceGet", ctypes.byref(device), 0)
call("cuDeviceGetName", name, 100, device)
call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
call("cuCtxSetCurrent", context)
call("cuMemAlloc_v2", ctypes.byref(at), ctypes.c_size_t(4 * MANY))
Numbers = ctypes.c_uint32 * MANY
given, found = Numbers(*range(7, 7 + MANY)), Numbers()
call("cuMemcpyHtoD_v2", at, given, ctypes.c_size_t(4 * MANY))
call("cuMemcpyDtoH_v2", found, at, ctypes.c_size_t(4 * MANY))
if list(found) != list(given):
    tell(error="memory read back is not what was written")
call("cuModuleLoadData", ctypes.byref(module), KERNEL)
call("cuModuleGetFunction", ctypes.byref(function), module, b"triple")
many = ctypes.c_uint32(MANY)
pointers = (ctypes.c_void_p * 2)(ctypes.addressof(at), ctypes.addressof(many))
call("cuLaunchKernel", function, MANY // BLOCK, 1, 1, BLOCK, 1, 1, 0, None, pointers, None)
call("cuCtxSynchronize")
call("cuMemcpyDtoH_v2", found, at, ctypes.c_size_t(4 * MANY))
wrong = sum(found[i] != (3 * (i + 7) + i) % 2**32 for i in range(MANY))
if wrong:
    tell(error="%d of %d results of the kernel are wrong" % (wrong, MANY))
tell(ok=True, device=name.value.decode(errors="replace"))
'''
"""CUDA by its driver API alone, from any Python: the image need hold no toolkit."""

SCRIPT = """\
for python in python3 python; do
  command -v "$python" >/dev/null && exec "$python" -c "$PROGRAM"
done
for sample in vectorAdd /cuda-samples/sample /cuda-samples/vectorAdd; do
  command -v "$sample" >/dev/null || continue
  said=$("$sample" 2>&1)
  case "$said" in
    *"Test PASSED"*) echo '{"ok":true,"device":""}' ;;
    *) last=$(echo "$said" | tail -n 1 | tr -d '"\\\\'); echo "{\\"error\\":\\"$last\\"}" ;;
  esac
  exit 0
done
echo '{"missing":"python3"}'
"""
"""The program where the image has Python, or the sample that NVIDIA's own test images bring along."""
