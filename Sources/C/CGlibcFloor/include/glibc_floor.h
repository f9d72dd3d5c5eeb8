#pragma once

/// sqrt(x² + y²), of which the statically linked standard library has need.
// See: man 3 hypot
float hypotf(float x, float y);
