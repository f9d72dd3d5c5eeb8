#include "library_replacements.h"

#include <math.h>

// glibc 2.35 gave hypotf a new symbol version (it no longer sets errno), which is all that would keep the program
// from starting on glibc 2.34. A float's square fits a double: no overflow, and one rounding.
float hypotf(float x, float y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (float)sqrt((double)x * x + (double)y * y);
}
