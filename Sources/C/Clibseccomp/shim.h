#include <seccomp.h>

/* Macros with casts are not imported by Swift. */
static const uint32_t enricher_scmp_act_allow = SCMP_ACT_ALLOW;
static const uint32_t enricher_scmp_act_log = SCMP_ACT_LOG;
