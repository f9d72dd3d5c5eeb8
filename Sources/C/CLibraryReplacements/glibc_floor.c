#include "library_replacements.h"

#include <math.h>

// glibc 2.35 gave hypotf a new symbol version (it no longer sets errno). This symbol alone would keep the program from starting on
// glibc 2.34. The square of a float fits a double, so this does not overflow and rounds once.
float hypotf(float x, float y) {
  if (isinf(x) || isinf(y)) return INFINITY;
  return (float)sqrt((double)x * x + (double)y * y);
}
