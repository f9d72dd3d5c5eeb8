#include <seccomp.h>

/* Swift does not import macros with casts. */
static const uint32_t enricher_scmp_act_allow = SCMP_ACT_ALLOW;
static const uint32_t enricher_scmp_act_log = SCMP_ACT_LOG;
