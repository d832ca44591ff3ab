/* A pretend libnvidia-ml.so.1: what the real binding (pynvml) and nvitop ask of NVML, answered without a GPU.
 *
 * PRETEND_NVML names one or more scenarios (comma list); "@FILE" reads the list from a file, again at each
 * init and each count, so that a test can change the world under a running reader.
 *   (none)            8 H100s under a steady inference load
 *   idle              the same without work
 *   demo              load rises and falls in 120 s; GPU 2 slows down by heat for some of it
 *   ecc               GPU 3: an uncorrected ECC error, a row remap pending, recovery action "reset"
 *   thermal           GPU 2: hardware thermal slowdown
 *   lost              GPU 5 is lost (from the start, or after lost_after=N samples)
 *   unknown           GPU 5 answers everything with "unknown error"
 *   hung              GPU 0's utilisation call never returns after hang_after=N samples (default 3)
 *   mig               GPU 0 in MIG mode with 3 instances; its utilisation is not supported
 *   mig_pending       GPU 1 will enter MIG mode at its next reset
 *   pcie              GPU 1 is trained down to gen 3 x8
 *   nvlink            GPU 6: 2 of 18 links are inactive
 *   gb10, pascal      another kind of GPU: what it lacks is not supported, or the function is not there
 *   mixed             GPU 7 is of another model
 *   starved           the GPUs have work and mostly wait for it
 *   leak              memory grows with every sample
 *   unload            the weights leave GPU 0 after unload_after=N samples (default 3)
 *   ghost             memory in use, and no process to show for it
 *   sram              GPU 2 says that its SRAM errors exceed the limit
 *   sick              GPU 4 breaks off over its remapped rows with "unknown error"
 *   fabric            GPU 1 has not joined the NVSwitch fabric
 *   inforom           GPU 5: the InfoROM is corrupt, and its VBIOS differs
 *   retired           pascal only: 12 pages retired, one waits
 *   noisy             GPU 6: 9 replays on one NVLink
 *   no_bridge         not one NVLink is active
 *   two_sockets       GPUs 0 to 3 and 4 to 7 on a socket each, without NVLink between any two
 *   no_driver, version_mismatch, no_permission, init_unknown, no_gpu
 * count=N, hang_after=N and lost_after=N may stand in the list, or in PRETEND_NVML_COUNT,
 * PRETEND_NVML_HANG_AFTER and PRETEND_NVML_LOST_AFTER.  PRETEND_NVML_PIDS (comma list) are the processes on
 * the GPUs, one on each; else it is the caller itself.  PRETEND_NVML_PCIE_MS (default 20) is how long the
 * PCIe throughput call samples, as real drivers do.  All values follow from the clock and the GPU's index.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define API __attribute__((visibility("default"))) int

enum { OK = 0, INVALID = 2, NOT_SUPPORTED = 3, NO_PERMISSION = 4, NOT_FOUND = 6, TOO_SMALL = 7,
       NOT_LOADED = 9, NO_FUNCTION = 13, CORRUPT = 14, LOST = 15, MISMATCH = 18, BAD_VERSION = 25, UNKNOWN = 999 };
enum { GPUS = 64, LINKS = 18, INSTANCES = 3 };
#define MIB (1024ULL * 1024ULL)

typedef struct { unsigned index; int instance; unsigned long asked; } Device;
typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } Memory2;
typedef struct { unsigned gpu, memory; } Rates;
typedef struct { char legacy[16]; unsigned domain, bus, device, id, sub; char bus_id[32]; } Pci;
typedef struct { unsigned pid; unsigned long long used; unsigned gpu_instance, compute_instance; } OneProcess;
typedef struct { unsigned pid; unsigned long long at; unsigned sm, mem, enc, dec; } ProcessRates;
typedef struct {
    uint32_t id, scope;
    int64_t at, latency;
    uint32_t type, result;
    union { double real; unsigned small; unsigned long long large; } value;
} Field;

static Device devices[GPUS], instances[GPUS][INSTANCES];
static char scenario[1024];

/* --- the world ------------------------------------------------------------------------------------------ */

static void read_scenario(void) {
    const char *given = getenv("PRETEND_NVML");
    snprintf(scenario, sizeof scenario, ",%s,", given ? given : "");
    if (given && given[0] == '@') {
        char text[900] = "";
        FILE *file = fopen(given + 1, "r");
        if (file) {
            size_t n = fread(text, 1, sizeof text - 1, file);
            text[n] = 0;
            fclose(file);
        }
        text[strcspn(text, "\n")] = 0;
        snprintf(scenario, sizeof scenario, ",%s,", text);
    }
}

static int is(const char *name) {
    char token[64];
    snprintf(token, sizeof token, ",%s,", name);
    return strstr(scenario, token) != NULL;
}

static long number(const char *name, const char *variable, long otherwise) {
    char token[64];
    snprintf(token, sizeof token, ",%s=", name);
    const char *found = strstr(scenario, token);
    if (found)
        return atol(found + strlen(token));
    const char *given = getenv(variable);
    return given && *given ? atol(given) : otherwise;
}

static unsigned count(void) {
    if (is("no_gpu"))
        return 0;
    long n = number("count", "PRETEND_NVML_COUNT", is("gb10") || is("pascal") ? 1 : 8);
    return n < 0 ? 0 : n > GPUS ? GPUS : (unsigned)n;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double noise(unsigned index, double t) {
    uint32_t x = (uint32_t)(uint64_t)(t * 4) * 2654435761u ^ (index + 1) * 2246822519u;
    x ^= x >> 15;
    x *= 2246822519u;
    x ^= x >> 13;
    return (double)(x & 0xffff) / 65535.0 - 0.5;
}

static double clamp(double x, double least, double most) { return x < least ? least : x > most ? most : x; }

static double load_at(unsigned i, double t) {
    if (is("idle"))
        return 0;
    if (is("starved"))
        return 0.22;
    if (is("demo")) {
        double p = fmod(t - 1.2 * i + 120, 120);
        double height = p < 45 ? p / 45 : p < 85 ? 1 : (120 - p) / 35;
        height = height * height * (3 - 2 * height);
        return clamp(0.06 + 0.86 * height + 0.10 * noise(i, t), 0, 1);
    }
    return clamp(0.78 + 0.14 * sin(t / 7.5 + 0.7 * i) + 0.05 * sin(t / 1.9 + 1.9 * i) + 0.08 * noise(i, t), 0, 1);
}

static int hot(unsigned i) {
    double p = fmod(now(), 120);
    return i == 2 && (is("thermal") || (is("demo") && p >= 52 && p < 78));
}

static double load(unsigned i) { return load_at(i, now()); }
static int old(void) { return is("pascal"); }
static int plain(void) { return is("pascal") || is("gb10"); }
static unsigned power_limit(void) { return is("pascal") ? 250000 : is("gb10") ? 140000 : 700000; }
static unsigned clock_max(unsigned kind) {
    if (kind == 2)
        return old() ? 3615 : 2619;
    return old() ? 1531 : is("gb10") ? 3003 : 1980;
}

static int check(const Device *d) {
    if (!d || d->index >= count())
        return INVALID;
    if (is("lost") && d->index == 5 && devices[5].asked >= (unsigned long)number("lost_after", "PRETEND_NVML_LOST_AFTER", 0))
        return LOST;
    return is("unknown") && d->index == 5 ? UNKNOWN : OK;
}

#define DEVICE(d) do { int bad = check(d); if (bad) return bad; } while (0)
#define LACKS(condition) do { if (condition) return NOT_SUPPORTED; } while (0)
#define MISSING(condition) do { if (condition) return NO_FUNCTION; } while (0)

static int text(char *to, unsigned size, const char *from) {
    if (strlen(from) >= size)
        return TOO_SMALL;
    strcpy(to, from);
    return OK;
}

/* --- the library and the system ------------------------------------------------------------------------- */

API nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    read_scenario();
    for (unsigned i = 0; i < GPUS; i++) {
        devices[i] = (Device){i, -1, devices[i].asked};
        for (int k = 0; k < INSTANCES; k++)
            instances[i][k] = (Device){i, k, 0};
    }
    return is("no_driver") ? NOT_LOADED : is("version_mismatch") ? MISMATCH : is("no_permission") ? NO_PERMISSION
         : is("init_unknown") ? UNKNOWN : OK;
}
API nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
API nvmlShutdown(void) { return OK; }
__attribute__((visibility("default"))) const char *nvmlErrorString(int code) {
    return code == OK ? "Success" : code == LOST ? "GPU is lost" : "Pretended Error";
}
API nvmlSystemGetDriverVersion(char *to, unsigned size) { return text(to, size, old() ? "470.256.02" : "580.95.05"); }
API nvmlSystemGetNVMLVersion(char *to, unsigned size) { return text(to, size, old() ? "11.470.256.02" : "13.580.95.05"); }
API nvmlSystemGetCudaDriverVersion(int *to) { *to = old() ? 11040 : 13000; return OK; }
API nvmlSystemGetCudaDriverVersion_v2(int *to) { return nvmlSystemGetCudaDriverVersion(to); }

API nvmlDeviceGetCount_v2(unsigned *to) {
    read_scenario();
    *to = count();
    return OK;
}
API nvmlDeviceGetHandleByIndex_v2(unsigned i, Device **to) {
    if (i >= count())
        return INVALID;
    DEVICE(&devices[i]);
    *to = &devices[i];
    return OK;
}

/* --- who it is ------------------------------------------------------------------------------------------ */

static void uuid_of(const Device *d, char *to, size_t size) {
    snprintf(to, size, "%s-9e1bd2%02x-4b0c-5a7e-8f31-0c42a1e7d%03x", d->instance < 0 ? "GPU" : "MIG",
             d->index + 64 * (unsigned)(d->instance + 1), d->index * 37 + 256);
}
static void bus_of(unsigned i, char *to, size_t size) {
    static const unsigned bus[8] = {0x1B, 0x43, 0x52, 0x61, 0x9D, 0xC3, 0xD1, 0xDF};
    snprintf(to, size, "%08X:%02X:00.0", i / 8, bus[i % 8]);
}
API nvmlDeviceGetHandleByUUID(const char *uuid, Device **to) {
    for (unsigned i = 0; i < count(); i++) {
        char mine[80];
        uuid_of(&devices[i], mine, sizeof mine);
        if (!strcmp(mine, uuid))
            return nvmlDeviceGetHandleByIndex_v2(i, to);
    }
    return NOT_FOUND;
}
API nvmlDeviceGetHandleByPciBusId_v2(const char *bus_id, Device **to) {
    for (unsigned i = 0; i < count(); i++) {
        char mine[32];
        bus_of(i, mine, sizeof mine);
        if (!strcmp(mine, bus_id))
            return nvmlDeviceGetHandleByIndex_v2(i, to);
    }
    return NOT_FOUND;
}
API nvmlDeviceGetIndex(Device *d, unsigned *to) { DEVICE(d); *to = d->index; return OK; }
API nvmlDeviceGetName(Device *d, char *to, unsigned size) {
    DEVICE(d);
    if (d->instance >= 0)
        return text(to, size, "NVIDIA H100 80GB HBM3 MIG 2g.20gb");
    if (is("mixed") && d->index == 7)
        return text(to, size, "NVIDIA A100-SXM4-80GB");
    return text(to, size, is("pascal") ? "Tesla P40" : is("gb10") ? "NVIDIA GB10" : "NVIDIA H100 80GB HBM3");
}
API nvmlDeviceGetUUID(Device *d, char *to, unsigned size) {
    DEVICE(d);
    char mine[80];
    uuid_of(d, mine, sizeof mine);
    return text(to, size, mine);
}
API nvmlDeviceGetSerial(Device *d, char *to, unsigned size) {
    DEVICE(d);
    LACKS(is("gb10"));
    char mine[32];
    snprintf(mine, sizeof mine, "16524231%05u", d->index);
    return text(to, size, mine);
}
API nvmlDeviceGetPciInfo_v3(Device *d, Pci *to) {
    DEVICE(d);
    memset(to, 0, sizeof *to);
    char mine[32];
    bus_of(d->index, mine, sizeof mine);
    strcpy(to->bus_id, mine);
    snprintf(to->legacy, sizeof to->legacy, "%.12s", mine + 4);
    to->domain = d->index / 8;
    to->bus = (unsigned)strtoul(mine + 9, NULL, 16);
    to->id = 0x233010DE;
    to->sub = 0x16C110DE;
    return OK;
}
API nvmlDeviceGetCudaComputeCapability(Device *d, int *major, int *minor) {
    DEVICE(d);
    *major = is("pascal") ? 6 : is("gb10") ? 12 : 9;
    *minor = plain() ? 1 : 0;
    return OK;
}

/* --- load, memory, heat, clocks ------------------------------------------------------------------------- */

API nvmlDeviceGetUtilizationRates(Device *d, Rates *to) {
    DEVICE(d);
    unsigned long asked = d->asked++;
    if (is("hung") && d->index == 0 && asked >= (unsigned long)number("hang_after", "PRETEND_NVML_HANG_AFTER", 3))
        for (;;)
            pause();
    LACKS(d->instance >= 0 || (is("mig") && d->index == 0));
    to->gpu = (unsigned)lround(100 * load(d->index));
    to->memory = (unsigned)lround(62 * load(d->index));
    return OK;
}
static int media(Device *d, unsigned *to, unsigned *period) {
    DEVICE(d);
    LACKS(d->instance >= 0);
    *to = 0;
    *period = 167000;
    return OK;
}
API nvmlDeviceGetEncoderUtilization(Device *d, unsigned *to, unsigned *period) { return media(d, to, period); }
API nvmlDeviceGetDecoderUtilization(Device *d, unsigned *to, unsigned *period) { return media(d, to, period); }

static void memory_of(const Device *d, Memory2 *to) {
    to->total = (old() ? 24576 : 81559) * MIB / (d->instance >= 0 ? 4 : 1);
    to->reserved = (old() ? 0 : 551) * MIB;
    double share = is("idle") ? 0.0001 : 0.83 + 0.06 * load(d->index);
    if (is("leak"))
        share = 0.40 + 0.002 * (double)(d->asked % 250);
    if (is("unload") && d->index == 0 && d->asked >= (unsigned long)number("unload_after", "PRETEND_NVML_UNLOAD_AFTER", 3))
        share = 0.02;
    to->used = (unsigned long long)((double)(to->total - to->reserved) / MIB * share) * MIB;
    to->free = to->total - to->reserved - to->used;
}
API nvmlDeviceGetMemoryInfo_v2(Device *d, Memory2 *to) {
    DEVICE(d);
    MISSING(old());
    LACKS(is("gb10"));
    if (to->version != (sizeof *to | 2u << 24))
        return BAD_VERSION;
    memory_of(d, to);
    return OK;
}
API nvmlDeviceGetMemoryInfo(Device *d, Memory *to) {
    DEVICE(d);
    LACKS(is("gb10"));
    Memory2 all;
    memory_of(d, &all);
    *to = (Memory){all.total, all.free, all.used + all.reserved};
    return OK;
}
API nvmlDeviceGetBAR1MemoryInfo(Device *d, Memory *to) {
    DEVICE(d);
    LACKS(is("gb10"));
    *to = (Memory){131072 * MIB, 131071 * MIB, 1 * MIB};
    return OK;
}

static unsigned heat_of(unsigned i) {
    if (hot(i))
        return 88 + (noise(i, now()) > 0);
    double felt = (load_at(i, now()) + load_at(i, now() - 3) + load_at(i, now() - 6) + load_at(i, now() - 9)) / 4;
    return (unsigned)lround(31 + 33 * felt + 2 * (i % 3));
}
API nvmlDeviceGetTemperature(Device *d, unsigned sensor, unsigned *to) {
    DEVICE(d);
    if (sensor)
        return INVALID;
    *to = heat_of(d->index);
    return OK;
}
API nvmlDeviceGetTemperatureThreshold(Device *d, unsigned which, unsigned *to) {
    DEVICE(d);
    LACKS(is("gb10") || which > 3);
    static const unsigned limits[] = {92, 87, 95, 86};
    *to = limits[which];
    return OK;
}
API nvmlDeviceGetFanSpeed(Device *d, unsigned *to) {
    (void)to;
    DEVICE(d);
    return NOT_SUPPORTED;
}
API nvmlDeviceGetPowerUsage(Device *d, unsigned *to) {
    DEVICE(d);
    double share = hot(d->index) ? 0.38 : 0.11 + 0.86 * load(d->index);
    *to = (unsigned)(power_limit() * clamp(share + 0.01 * noise(d->index, now()), 0.1, 1));
    return OK;
}
API nvmlDeviceGetPowerManagementLimit(Device *d, unsigned *to) { DEVICE(d); LACKS(is("gb10")); *to = power_limit(); return OK; }
API nvmlDeviceGetEnforcedPowerLimit(Device *d, unsigned *to) { MISSING(old()); return nvmlDeviceGetPowerManagementLimit(d, to); }
API nvmlDeviceGetPerformanceState(Device *d, unsigned *to) { DEVICE(d); *to = old() && is("idle") ? 8 : 0; return OK; }
API nvmlDeviceGetMaxClockInfo(Device *d, unsigned kind, unsigned *to) {
    DEVICE(d);
    LACKS(is("gb10") && kind == 2);
    *to = clock_max(kind);
    return OK;
}
API nvmlDeviceGetClockInfo(Device *d, unsigned kind, unsigned *to) {
    DEVICE(d);
    LACKS(is("gb10") && kind == 2);
    double share = kind == 2 ? 1 : hot(d->index) ? 0.42 : is("idle") ? 0.174 : load(d->index) > 0.93 ? 0.955 : 1;
    *to = (unsigned)(clock_max(kind) * share) / 15 * 15;
    if (share == 1)
        *to = clock_max(kind);
    return OK;
}
static int reasons(Device *d, unsigned long long *to) {
    DEVICE(d);
    *to = hot(d->index) ? 0x48 : load(d->index) > 0.93 ? 0x4 : load(d->index) < 0.02 ? 0x1 : 0;
    return OK;
}
API nvmlDeviceGetCurrentClocksEventReasons(Device *d, unsigned long long *to) { MISSING(old()); return reasons(d, to); }
API nvmlDeviceGetCurrentClocksThrottleReasons(Device *d, unsigned long long *to) { return reasons(d, to); }

/* --- links ---------------------------------------------------------------------------------------------- */

static unsigned gen_max(void) { return old() ? 3 : 5; }
API nvmlDeviceGetGpuMaxPcieLinkGeneration(Device *d, unsigned *to) { MISSING(old()); DEVICE(d); *to = gen_max(); return OK; }
API nvmlDeviceGetMaxPcieLinkGeneration(Device *d, unsigned *to) { DEVICE(d); *to = gen_max(); return OK; }
API nvmlDeviceGetMaxPcieLinkWidth(Device *d, unsigned *to) { DEVICE(d); *to = 16; return OK; }
API nvmlDeviceGetCurrPcieLinkGeneration(Device *d, unsigned *to) {
    DEVICE(d);
    *to = is("pcie") && d->index == 1 ? 3 : is("idle") ? 1 : gen_max();
    return OK;
}
API nvmlDeviceGetCurrPcieLinkWidth(Device *d, unsigned *to) { DEVICE(d); *to = is("pcie") && d->index == 1 ? 8 : 16; return OK; }
API nvmlDeviceGetPcieThroughput(Device *d, unsigned counter, unsigned *to) {
    DEVICE(d);
    LACKS(is("gb10"));
    usleep(1000u * (unsigned)number("pcie_ms", "PRETEND_NVML_PCIE_MS", 20));
    *to = (unsigned)((counter ? 2400000 : 900000) * load(d->index));
    return OK;
}
API nvmlDeviceGetPcieReplayCounter(Device *d, unsigned *to) { DEVICE(d); *to = is("pcie") && d->index == 1 ? 412 : 0; return OK; }
API nvmlDeviceGetNvLinkState(Device *d, unsigned link, unsigned *to) {
    DEVICE(d);
    LACKS(plain());
    if (link >= LINKS)
        return INVALID;
    *to = !is("no_bridge") && !(is("nvlink") && d->index == 6 && (link == 4 || link == 11));
    return OK;
}

/* --- health --------------------------------------------------------------------------------------------- */

static int broken(const Device *d) { return is("ecc") && d->index == 3; }
API nvmlDeviceGetEccMode(Device *d, unsigned *current, unsigned *pending) {
    DEVICE(d);
    LACKS(is("gb10"));
    *current = *pending = 1;
    return OK;
}
API nvmlDeviceGetTotalEccErrors(Device *d, unsigned kind, unsigned counter, unsigned long long *to) {
    (void)counter;
    DEVICE(d);
    LACKS(is("gb10"));
    *to = broken(d) ? (kind ? 1 : 17) : 0;
    return OK;
}
API nvmlDeviceGetRemappedRows(Device *d, unsigned *corrected, unsigned *uncorrected, unsigned *pending, unsigned *failed) {
    DEVICE(d);
    LACKS(plain());
    if (is("sick") && d->index == 4)
        return UNKNOWN;
    *corrected = *failed = 0;
    *uncorrected = *pending = (unsigned)broken(d);
    return OK;
}
API nvmlDeviceGetFieldValues(Device *d, int n, Field *fields) {
    DEVICE(d);
    for (int i = 0; i < n; i++) {
        Field *f = &fields[i];
        f->at = (int64_t)(now() * 1e6);
        f->latency = 0;
        f->type = 1;
        f->value.large = 0;
        f->result = NOT_SUPPORTED;
        if (f->id == 82 && !plain()) {
            f->value.small = heat_of(d->index) + 8;
            f->result = OK;
        } else if (f->id == 230 && !plain()) {
            f->value.small = (unsigned)broken(d);
            f->result = OK;
        }
    }
    return OK;
}
API nvmlDeviceGetDriverModel_v2(Device *d, unsigned *now_, unsigned *next) { (void)now_, (void)next; DEVICE(d); return NOT_SUPPORTED; }
API nvmlDeviceGetPersistenceMode(Device *d, unsigned *to) { DEVICE(d); *to = !old(); return OK; }
API nvmlDeviceGetComputeMode(Device *d, unsigned *to) { DEVICE(d); *to = 0; return OK; }
API nvmlDeviceGetDisplayMode(Device *d, unsigned *to) { DEVICE(d); *to = 0; return OK; }
API nvmlDeviceGetDisplayActive(Device *d, unsigned *to) { DEVICE(d); *to = 0; return OK; }

/* --- MIG ------------------------------------------------------------------------------------------------ */

API nvmlDeviceGetMigMode(Device *d, unsigned *current, unsigned *pending) {
    MISSING(old());
    DEVICE(d);
    LACKS(is("gb10"));
    *current = is("mig") && d->index == 0;
    *pending = *current || (is("mig_pending") && d->index == 1);
    return OK;
}
API nvmlDeviceGetMaxMigDeviceCount(Device *d, unsigned *to) { DEVICE(d); *to = plain() ? 0 : 7; return OK; }
API nvmlDeviceGetMigDeviceHandleByIndex(Device *d, unsigned i, Device **to) {
    DEVICE(d);
    if (!is("mig") || d->index || i >= INSTANCES)
        return NOT_FOUND;
    *to = &instances[d->index][i];
    return OK;
}
API nvmlDeviceIsMigDeviceHandle(Device *d, unsigned *to) { DEVICE(d); *to = d->instance >= 0; return OK; }
API nvmlDeviceGetDeviceHandleFromMigDeviceHandle(Device *d, Device **to) { DEVICE(d); *to = &devices[d->index]; return OK; }
API nvmlDeviceGetGpuInstanceId(Device *d, unsigned *to) { DEVICE(d); LACKS(d->instance < 0); *to = (unsigned)d->instance + 1; return OK; }
API nvmlDeviceGetComputeInstanceId(Device *d, unsigned *to) { DEVICE(d); LACKS(d->instance < 0); *to = 0; return OK; }

/* --- processes ------------------------------------------------------------------------------------------ */

static unsigned pid_on(unsigned index) {
    const char *list = getenv("PRETEND_NVML_PIDS");
    if (!list || !*list)
        return (unsigned)getpid();
    const char *at = list;
    for (unsigned i = 0; i < index; i++) {
        at = strchr(at, ',');
        at = at ? at + 1 : list;
    }
    return (unsigned)atoi(at);
}
static int processes(Device *d, unsigned *n, OneProcess *to) {
    DEVICE(d);
    unsigned room = *n;
    *n = is("idle") || is("ghost") ? 0 : 1;
    if (!*n)
        return OK;
    if (!to || room < 1)
        return TOO_SMALL;
    Memory2 memory;
    memory_of(d, &memory);
    *to = (OneProcess){pid_on(d->index), is("gb10") ? ~0ULL : memory.used - 420 * MIB, ~0u, ~0u};
    return OK;
}
static int none(Device *d, unsigned *n) { DEVICE(d); *n = 0; return OK; }
API nvmlDeviceGetComputeRunningProcesses_v2(Device *d, unsigned *n, OneProcess *to) { return processes(d, n, to); }
API nvmlDeviceGetComputeRunningProcesses_v3(Device *d, unsigned *n, OneProcess *to) { MISSING(old()); return processes(d, n, to); }
API nvmlDeviceGetGraphicsRunningProcesses_v2(Device *d, unsigned *n, OneProcess *to) { (void)to; return none(d, n); }
API nvmlDeviceGetGraphicsRunningProcesses_v3(Device *d, unsigned *n, OneProcess *to) { (void)to; MISSING(old()); return none(d, n); }
API nvmlDeviceGetMPSComputeRunningProcesses_v3(Device *d, unsigned *n, OneProcess *to) { (void)to; MISSING(old()); return none(d, n); }
API nvmlDeviceGetProcessUtilization(Device *d, ProcessRates *to, unsigned *n, unsigned long long since) {
    (void)since;
    DEVICE(d);
    LACKS(is("mig") && d->index == 0);
    if (is("idle"))
        return NOT_FOUND;
    if (!to || *n < 1) {
        *n = 1;
        return TOO_SMALL;
    }
    *n = 1;
    double busy = load(d->index);
    *to = (ProcessRates){pid_on(d->index), (unsigned long long)(now() * 1e6), (unsigned)lround(100 * busy),
                         (unsigned)lround(62 * busy), 0, 0};
    return OK;
}

/* --- what only the probes ask --------------------------------------------------------------------------- */

typedef struct { unsigned version; unsigned long long counts[11]; unsigned exceeded; } Sram;
typedef struct {
    unsigned version;
    unsigned char cluster[16];
    unsigned status, clique;
    unsigned char state;
    unsigned mask;
    unsigned char summary;
} Fabric;

API nvmlDeviceGetVbiosVersion(Device *d, char *to, unsigned size) {
    DEVICE(d);
    return text(to, size, is("inforom") && d->index == 5 ? "96.00.61.00.01" : "96.00.99.00.02");
}
API nvmlDeviceGetInforomImageVersion(Device *d, char *to, unsigned size) {
    DEVICE(d);
    LACKS(is("gb10"));
    return text(to, size, "G520.0200.00.05");
}
API nvmlDeviceValidateInforom(Device *d) {
    DEVICE(d);
    LACKS(is("gb10"));
    return is("inforom") && d->index == 5 ? CORRUPT : OK;
}
API nvmlDeviceGetRetiredPages(Device *d, unsigned cause, unsigned *n, unsigned long long *to) {
    DEVICE(d);
    LACKS(!old());
    unsigned room = *n;
    *n = is("retired") ? (cause ? 2 : 10) : 0;
    if (*n && (!to || room < *n))
        return TOO_SMALL;
    for (unsigned i = 0; i < *n; i++)
        to[i] = 0x1000ULL * (i + 1);
    return OK;
}
API nvmlDeviceGetRetiredPagesPendingStatus(Device *d, unsigned *to) { DEVICE(d); LACKS(!old()); *to = (unsigned)is("retired"); return OK; }
API nvmlDeviceGetSramEccErrorStatus(Device *d, Sram *to) {
    MISSING(old());
    DEVICE(d);
    LACKS(plain());
    if (to->version != (sizeof *to | 1u << 24))
        return BAD_VERSION;
    memset(to->counts, 0, sizeof to->counts);
    to->exceeded = (unsigned)(is("sram") && d->index == 2);
    to->counts[3] = to->exceeded;
    return OK;
}
API nvmlDeviceGetGpuFabricInfoV(Device *d, Fabric *to) {
    MISSING(old());
    DEVICE(d);
    LACKS(plain());
    unsigned size = to->version & 0xffffff;
    if (to->version != (40u | 3u << 24) && to->version != (36u | 2u << 24))
        return BAD_VERSION;
    int apart = is("fabric") && d->index == 1;
    memset(to->cluster, 0x5A, sizeof to->cluster);
    to->status = OK;
    to->clique = to->mask = 0;
    to->state = apart ? 2 : 3;
    if (size == 40)
        to->summary = apart ? 0 : 1;
    return OK;
}
API nvmlDeviceGetNvLinkErrorCounter(Device *d, unsigned link, unsigned counter, unsigned long long *to) {
    DEVICE(d);
    LACKS(plain() || counter > 3);
    if (link >= LINKS)
        return INVALID;
    *to = is("noisy") && d->index == 6 && link == 4 && counter == 0 ? 9 : 0;
    return OK;
}
API nvmlDeviceGetTopologyCommonAncestor(Device *one, Device *other, unsigned *to) {
    DEVICE(one);
    DEVICE(other);
    unsigned apart = one->index / 4 != other->index / 4;
    *to = apart ? 50 : one->index / 2 == other->index / 2 ? 10 : 40;
    return OK;
}
API nvmlDeviceGetP2PStatus(Device *one, Device *other, unsigned what, unsigned *to) {
    DEVICE(one);
    DEVICE(other);
    *to = what == 2 && (plain() || is("no_bridge") || is("two_sockets")) ? 5 : 0;
    return OK;
}
